package dev.reprise.cache.policy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.forecast.Lagrange;
import dev.reprise.cache.indicator.SpectralChange;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.span.Blocks;
import java.util.List;

/**
 * SeaCache: the latents tell when to compute, once a filter has taken out of them what is noise at this step. A preset of
 * {@link Combined}: {@link SpectralChange} × {@link Lagrange} × {@link Blocks}, with the fields of diffusers' hook. Threshold 0 is bit for bit
 * no cache.
 *
 * <p>Source: https://arxiv.org/abs/2602.18993.
 */
public final class SeaCache {
    public static final Parameter<Double> THRESHOLD = SpectralChange.THRESHOLD;
    public static final Parameter<Integer> RESIDUAL_ORDER = Parameter.of(
            "residual_order",
            ParameterType.integer(0),
            1,
            "",
            "0 adds the last residual, 1 a straight line through two");
    public static final Parameter<Integer> RETENTION_STEPS = Parameter.of(
                    "retention_steps", ParameterType.integer(0), 1, "steps", "Compute this many steps at the start")
            .alias("warmup_steps");
    public static final Parameter<Integer> CACHE_END_STEPS =
            Parameter.of("cache_end_steps", ParameterType.integer(0), 1, "steps", "Compute this many steps at the end");
    public static final Parameter<Integer> MAX_CONSECUTIVE_CACHED = Parameter.of(
            "max_consecutive_cached", ParameterType.integer(0), 2, "steps", "Most reuses in a row, 0 for no limit");
    public static final Parameter<Double> POWER_EXP = SpectralChange.POWER_EXP;

    public static final PolicyType TYPE = new PolicyType(
            "seacache",
            List.of("sea_cache"),
            "Reuse or extrapolate what all blocks added until the latents without their noise have changed enough",
            "https://arxiv.org/abs/2602.18993",
            List.of(THRESHOLD, RESIDUAL_ORDER, RETENTION_STEPS, CACHE_END_STEPS, MAX_CONSECUTIVE_CACHED, POWER_EXP),
            SeaCache::policy);

    private SeaCache() {}

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    private static CachePolicy policy(Parameters values) {
        PolicyBuilder parts = Combined.parts(
                        values,
                        SpectralChange.TYPE.from(values).build(),
                        Lagrange.TYPE
                                .builder()
                                .set(Lagrange.ORDER, values.get(RESIDUAL_ORDER))
                                .build(),
                        Blocks.TYPE.part())
                .set(Combined.WARMUP_STEPS, values.get(RETENTION_STEPS))
                .set(Combined.LAST_STEPS, values.get(CACHE_END_STEPS));
        int limit = values.get(MAX_CONSECUTIVE_CACHED);
        if (limit > 0) {
            parts.set(Combined.MAX_CONTINUOUS, limit);
        }
        return Combined.preset(TYPE, parts);
    }
}
