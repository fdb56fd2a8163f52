package dev.reprise.cache.forecast;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.part.PartProvider;
import dev.reprise.cache.reuse.Catalogue;
import java.util.List;
import java.util.ServiceLoader;

/** Every forecast that a combined policy may name: ours, and those of {@link PartProvider}s. */
public final class Forecastings {
    private static final Catalogue<PartType<Forecasting>> ALL = Catalogue.of(
            "forecast",
            List.of(
                    Hold.TYPE,
                    Taylor.TYPE,
                    Lagrange.TYPE,
                    Hermite.TYPE,
                    Chebyshev.TYPE,
                    Foca.TYPE,
                    Ratio.TYPE,
                    Fitted.TYPE),
            ServiceLoader.load(PartProvider.class),
            PartProvider::forecasts,
            type -> List.of(type.id()));

    private Forecastings() {}

    /** @throws InvalidPolicyException when a provider cannot be used, or has a name that another part has */
    public static List<PartType<Forecasting>> all() {
        return ALL.all();
    }
}
