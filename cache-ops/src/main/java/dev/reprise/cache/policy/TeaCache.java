package dev.reprise.cache.policy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.forecast.Hold;
import dev.reprise.cache.indicator.ModulatedInput;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.span.Blocks;
import java.util.List;

/**
 * TeaCache: the first block's input after its timestep modulation changes like the model's output does, once a polynomial fitted to the model
 * maps the one change to the other. A preset of {@link Combined}: {@link ModulatedInput} × {@link Hold} × {@link Blocks}; a reuse runs no
 * block. The last step is computed where the caller says how many there are.
 *
 * <p>Source: https://arxiv.org/abs/2411.19108, https://github.com/ali-vilab/TeaCache. There a polynomial below 0 lowers the sum; here it
 * adds nothing.
 */
public final class TeaCache {
    public static final Parameter<Double> THRESHOLD = ModulatedInput.THRESHOLD;
    public static final Parameter<List<Double>> COEFFICIENTS = ModulatedInput.COEFFICIENTS;
    public static final Parameter<Integer> WARMUP_STEPS = Combined.WARMUP_STEPS.withDefault(1);

    public static final PolicyType TYPE = new PolicyType(
            "teacache",
            List.of("tea_cache", "tea"),
            "Reuse what all blocks added until the modulated input has changed enough",
            "https://arxiv.org/abs/2411.19108",
            List.of(THRESHOLD, COEFFICIENTS, WARMUP_STEPS),
            TeaCache::policy);

    private TeaCache() {}

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    private static CachePolicy policy(Parameters values) {
        return Combined.preset(
                TYPE,
                Combined.parts(values, ModulatedInput.TYPE.from(values).build(), Hold.TYPE.part(), Blocks.TYPE.part())
                        .set(Combined.LAST_STEPS, 1));
    }
}
