package dev.reprise.cache.indicator;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import dev.reprise.cache.part.PartProvider;
import dev.reprise.cache.reuse.Catalogue;
import java.util.List;
import java.util.Optional;

/** Every indicator that a combined policy may name: ours, and those of {@link PartProvider}s. */
public final class Indicators {
    private static final Catalogue<PartType<Indicator>> ALL = Catalogue.ofParts(
            "indicator",
            List.of(
                    Interval.TYPE,
                    GrowingWindow.TYPE,
                    Mask.TYPE,
                    FirstBlock.TYPE,
                    Probe.TYPE,
                    ModulatedInput.TYPE,
                    SpectralChange.TYPE,
                    Magnitudes.TYPE,
                    Sensitivity.TYPE,
                    LatentsChange.TYPE),
            PartProvider::indicators);

    private Indicators() {}

    /** @throws InvalidPolicyException when a provider cannot be used, or has a name that another part has */
    public static List<PartType<Indicator>> all() {
        return ALL.all();
    }

    /** The provider that a part comes from, and its jar, for people; empty for ours. */
    public static Optional<String> origin(PartType<Indicator> type) {
        return ALL.origin(type);
    }
}
