package dev.reprise.cache.indicator;

import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import dev.reprise.cache.part.PartProvider;
import java.util.List;

/** Every indicator that a combined policy may name: ours, and those of {@link PartProvider}s. */
public final class Indicators {
    private static final List<PartType<Indicator>> ALL = PartProvider.all(
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

    public static List<PartType<Indicator>> all() {
        return ALL;
    }
}
