package dev.reprise.cache.forecast;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.part.PartProvider;
import dev.reprise.cache.reuse.Catalogue;
import java.util.List;
import java.util.Optional;

/** Every forecast that a combined policy may name: ours, and those of {@link PartProvider}s. */
public final class Forecastings {
    private static final Catalogue<PartType<Forecasting>> ALL = Catalogue.ofParts(
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
            PartProvider::forecasts);

    private Forecastings() {}

    /** @throws InvalidPolicyException when a provider cannot be used, or has a name that another part has */
    public static List<PartType<Forecasting>> all() {
        return ALL.all();
    }

    /** The provider that a part comes from, and its jar, for people; empty for ours. */
    public static Optional<String> origin(PartType<Forecasting> type) {
        return ALL.origin(type);
    }
}
