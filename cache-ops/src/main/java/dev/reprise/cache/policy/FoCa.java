package dev.reprise.cache.policy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.forecast.Foca;
import dev.reprise.cache.indicator.FirstBlock;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.span.Blocks;
import java.util.List;

/**
 * FoCa as in cache-dit: DBCache's front blocks decide, Heun's rule over computed and forecast residuals says what the middle adds. A preset
 * of {@link Combined}: {@link FirstBlock} × {@link Foca} × {@link Blocks}, behind the blocks of the probe.
 *
 * <p>Source: https://arxiv.org/abs/2508.16211, https://github.com/vipshop/cache-dit.
 */
public final class FoCa {
    public static final Parameter<Integer> FRONT_BLOCKS = DualBlockCache.FRONT_BLOCKS;
    public static final Parameter<Integer> BACK_BLOCKS = DualBlockCache.BACK_BLOCKS;
    public static final Parameter<Double> THRESHOLD = Parameter.of(
                    "threshold",
                    ParameterType.number(0),
                    0.08,
                    "relative distance",
                    "Forecast the middle while the front's residual differs by no more; 0 computes every step")
            .alias("residual_diff_threshold");
    public static final Parameter<Integer> WARMUP_STEPS = DualBlockCache.WARMUP_STEPS;
    public static final Parameter<Integer> MAX_CONTINUOUS = Parameter.optional(
                    "max_continuous", ParameterType.integer(1), "steps", "Most forecasts in a row")
            .alias("max_continuous_cached_steps");
    public static final Parameter<Double> MAX_ACCUMULATED_DIFFERENCE = Parameter.optional(
                    "max_accumulated_difference",
                    ParameterType.number(0),
                    "relative distance",
                    "Most that the differences of forecasts in a row may add up to")
            .alias("max_accumulated_residual_diff_threshold");
    public static final Parameter<Boolean> SLOPE_PER_STEP = Parameter.of(
            "slope_per_step",
            ParameterType.flag(),
            false,
            "",
            "Divide the difference of computed residuals by the steps between them, which the published code does not");

    public static final PolicyType TYPE = new PolicyType(
            "foca",
            List.of(),
            "Run the front blocks; forecast what the others add by Heun's rule while the front hardly changes",
            "https://arxiv.org/abs/2508.16211",
            List.of(
                    FRONT_BLOCKS,
                    BACK_BLOCKS,
                    THRESHOLD,
                    WARMUP_STEPS,
                    MAX_CONTINUOUS,
                    MAX_ACCUMULATED_DIFFERENCE,
                    SLOPE_PER_STEP),
            FoCa::policy);

    private FoCa() {}

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    private static CachePolicy policy(Parameters values) {
        PolicyBuilder parts = Combined.builder()
                .set(
                        Combined.WHEN,
                        FirstBlock.TYPE
                                .builder()
                                .set(FirstBlock.THRESHOLD, values.get(THRESHOLD))
                                .set(FirstBlock.BLOCKS, values.get(FRONT_BLOCKS))
                                .build())
                .set(
                        Combined.WHAT,
                        Foca.TYPE
                                .builder()
                                .set(Foca.SLOPE_PER_STEP, values.get(SLOPE_PER_STEP))
                                .build())
                .set(
                        Combined.WHERE,
                        Blocks.TYPE
                                .builder()
                                .set(Blocks.FRONT, values.get(FRONT_BLOCKS))
                                .set(Blocks.BACK, values.get(BACK_BLOCKS))
                                .build())
                .set(Combined.WARMUP_STEPS, values.get(WARMUP_STEPS));
        values.find(MAX_CONTINUOUS).ifPresent(limit -> parts.set(Combined.MAX_CONTINUOUS, limit));
        values.find(MAX_ACCUMULATED_DIFFERENCE).ifPresent(limit -> parts.set(Combined.MAX_ACCUMULATED, limit));
        return Combined.preset(TYPE, parts);
    }
}
