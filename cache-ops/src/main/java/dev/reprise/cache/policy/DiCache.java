package dev.reprise.cache.policy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.forecast.Ratio;
import dev.reprise.cache.indicator.Probe;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.span.Blocks;
import java.util.List;

/**
 * DiCache: a probe of the first blocks says both when to compute and how far to go along the last two residuals. A computed step goes on
 * from the probe. A preset of {@link Combined}: {@link Probe} × {@link Ratio} × {@link Blocks}.
 *
 * <p>The published code also computes the first {@code ⌊ret_ratio·steps⌋ + 1} steps; {@code warmup_steps} says how many those are. Source:
 * https://arxiv.org/abs/2508.17356, https://github.com/Bujiazi/DiCache.
 */
public final class DiCache {
    public static final Parameter<Double> THRESHOLD = Parameter.of(
                    "threshold", ParameterType.number(0), 0.1, "accumulated change", "Compute when the sum reaches it")
            .alias("rel_l1_thresh");
    public static final Parameter<Integer> PROBE_DEPTH =
            Parameter.of("probe_depth", ParameterType.integer(1), 1, "blocks", "Blocks of the probe");
    public static final Parameter<Probe.Change> ERROR_CHOICE = Parameter.of(
            "error_choice",
            ParameterType.choice(List.of(Probe.Change.values())),
            Probe.Change.DELTA_Y,
            "",
            "Sum the change of the probe, or how it differs from that of what enters");
    public static final Parameter<Integer> WARMUP_STEPS =
            Parameter.of("warmup_steps", ParameterType.integer(0), 1, "steps", "Compute this many steps at the start");
    public static final Parameter<Integer> LAST_STEPS =
            Parameter.of("last_steps", ParameterType.integer(0), 1, "steps", "Compute this many steps at the end");

    public static final PolicyType TYPE = new PolicyType(
            "dicache",
            List.of("di_cache"),
            "Let a probe of the first blocks decide, and scale the step along the last two residuals by it",
            "https://arxiv.org/abs/2508.17356",
            List.of(THRESHOLD, PROBE_DEPTH, ERROR_CHOICE, WARMUP_STEPS, LAST_STEPS),
            DiCache::policy);

    private DiCache() {}

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    private static CachePolicy policy(Parameters values) {
        return Combined.preset(
                TYPE,
                Combined.builder()
                        .set(
                                Combined.WHEN,
                                Probe.TYPE
                                        .builder()
                                        .set(Probe.THRESHOLD, values.get(THRESHOLD))
                                        .set(Probe.DEPTH, values.get(PROBE_DEPTH))
                                        .set(Probe.ERROR, values.get(ERROR_CHOICE))
                                        .build())
                        .set(Combined.WHAT, Ratio.TYPE.part())
                        .set(Combined.WHERE, Blocks.TYPE.part())
                        .set(Combined.WARMUP_STEPS, values.get(WARMUP_STEPS))
                        .set(Combined.LAST_STEPS, values.get(LAST_STEPS)));
    }
}
