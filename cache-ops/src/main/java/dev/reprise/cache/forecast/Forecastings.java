package dev.reprise.cache.forecast;

import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecasting;
import java.util.List;

/** Every forecast that a combined policy may name. */
public final class Forecastings {
    private static final List<PartType<Forecasting>> ALL = List.of(
            Hold.TYPE, Taylor.TYPE, Lagrange.TYPE, Hermite.TYPE, Chebyshev.TYPE, Foca.TYPE, Ratio.TYPE, Fitted.TYPE);

    private Forecastings() {}

    public static List<PartType<Forecasting>> all() {
        return ALL;
    }
}
