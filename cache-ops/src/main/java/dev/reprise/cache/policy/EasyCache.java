package dev.reprise.cache.policy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.forecast.Hold;
import dev.reprise.cache.indicator.LatentsChange;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.span.OutputChange;
import java.util.List;

/**
 * EasyCache: how much the output changes per change of the latents is nearly constant in the middle of the denoising, so that the latents
 * alone tell when to compute. A preset of {@link Combined}: {@link LatentsChange} × {@link Hold} × {@link OutputChange}, on any graph whose
 * first output has the shape of its latents, or twice their channels. The last step is computed where the caller says how many there are.
 *
 * <p>Source: https://arxiv.org/abs/2507.02860, https://github.com/H-EmbodVis/EasyCache. There the unconditional branch follows the decision
 * of the conditional one; here every context decides for itself.
 */
public final class EasyCache {
    public static final Parameter<Double> THRESHOLD = LatentsChange.THRESHOLD;
    public static final Parameter<Integer> WARMUP_STEPS =
            Parameter.of("warmup_steps", ParameterType.integer(2), 5, "steps", "Compute this many steps at the start");

    public static final PolicyType TYPE = new PolicyType(
            "easycache",
            List.of("easy_cache", "easy"),
            "Reuse the model's output until the latents have moved far enough; works on any graph",
            "https://arxiv.org/abs/2507.02860",
            List.of(THRESHOLD, WARMUP_STEPS),
            EasyCache::policy);

    private EasyCache() {}

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    private static CachePolicy policy(Parameters values) {
        return Combined.preset(
                TYPE,
                Combined.parts(
                                values,
                                LatentsChange.TYPE.from(values).build(),
                                Hold.TYPE.part(),
                                OutputChange.TYPE.part())
                        .set(Combined.LAST_STEPS, 1));
    }
}
