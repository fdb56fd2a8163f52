package dev.reprise.cache.forecast;

import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.part.PartProvider;
import java.util.List;

/** Every forecast that a combined policy may name: ours, and those of {@link PartProvider}s. */
public final class Forecastings {
    private static final List<PartType<Forecasting>> ALL = PartProvider.all(
            List.of(
                    Hold.TYPE,
                    Taylor.TYPE,
                    Lagrange.TYPE,
                    Hermite.TYPE,
                    Chebyshev.TYPE,
                    Foca.TYPE,
                    Ratio.TYPE,
                    Fitted.TYPE),
            PartProvider::forecasts);

    private Forecastings() {}

    public static List<PartType<Forecasting>> all() {
        return ALL;
    }
}
