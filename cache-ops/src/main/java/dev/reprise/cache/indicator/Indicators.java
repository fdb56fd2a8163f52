package dev.reprise.cache.indicator;

import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import java.util.List;

/** Every indicator that a combined policy may name. */
public final class Indicators {
    private static final List<PartType<Indicator>> ALL = List.of(
            Interval.TYPE,
            GrowingWindow.TYPE,
            Mask.TYPE,
            FirstBlock.TYPE,
            Probe.TYPE,
            ModulatedInput.TYPE,
            SpectralChange.TYPE,
            Magnitudes.TYPE,
            Sensitivity.TYPE,
            LatentsChange.TYPE);

    private Indicators() {}

    public static List<PartType<Indicator>> all() {
        return ALL;
    }
}
