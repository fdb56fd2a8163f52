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
 * <p>Defaults are those of the published script for FLUX with {@code delta_y}; for {@code delta_minus} it has a threshold of 0.08. It also
 * computes the first {@code ⌊ret_ratio·steps⌋ + 1} steps, ret_ratio 0.2 or 0; {@code warmup_steps} says how many those are. Source:
 * https://arxiv.org/abs/2508.17356, https://github.com/Bujiazi/DiCache.
 */
public final class DiCache {
    public static final Parameter<Double> THRESHOLD = Probe.THRESHOLD.withDefault(0.4);
    public static final Parameter<Integer> PROBE_DEPTH =
            Parameter.of("probe_depth", ParameterType.integer(1), 1, "blocks", "Blocks of the probe");
    public static final Parameter<Probe.Change> ERROR_CHOICE = Parameter.of(
            "error_choice",
            ParameterType.choice(List.of(Probe.Change.values())),
            Probe.Change.DELTA_Y,
            "",
            "Sum the change of the probe, or how it differs from that of what enters");
    public static final Parameter<Integer> WARMUP_STEPS = Combined.WARMUP_STEPS.withDefault(1);
    public static final Parameter<Integer> LAST_STEPS = Combined.LAST_STEPS.withDefault(1);

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
                Combined.parts(
                        values,
                        Probe.TYPE
                                .from(values)
                                .set(Probe.DEPTH, values.get(PROBE_DEPTH))
                                .set(Probe.ERROR, values.get(ERROR_CHOICE))
                                .build(),
                        Ratio.TYPE.part(),
                        Blocks.TYPE.part()));
    }
}
