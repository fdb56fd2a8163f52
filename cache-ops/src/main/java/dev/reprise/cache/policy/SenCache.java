package dev.reprise.cache.policy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.forecast.Hold;
import dev.reprise.cache.indicator.Sensitivity;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.span.Blocks;
import java.util.List;

/**
 * SenCache: sensitivities that were measured once tell how much the output has changed since the last computed step. A preset of
 * {@link Combined}: {@link Sensitivity} × {@link Hold} × {@link Blocks}.
 *
 * <p>The published code decides by the conditional sample and lets the unconditional one follow; here every context decides for itself, and a
 * batch of both by both. Source: https://arxiv.org/abs/2602.24208, https://github.com/vita-epfl/SenCache.
 */
public final class SenCache {
    public static final Parameter<List<Double>> J_X_NORM = measured(Sensitivity.J_X_NORM);
    public static final Parameter<List<Double>> J_T_NORM = measured(Sensitivity.J_T_NORM);
    public static final Parameter<List<Double>> TIMESTEPS = measured(Sensitivity.TIMESTEPS);
    public static final Parameter<Integer> K = Parameter.of(
                    "k", ParameterType.integer(1), 10, "steps", "Most reuses in a row")
            .alias("sencache_K", "max_continuous");
    public static final Parameter<Integer> WARMUP_STEPS = Combined.WARMUP_STEPS.withDefault(1);
    public static final Parameter<Integer> LAST_STEPS = Combined.LAST_STEPS.withDefault(1);

    public static final PolicyType TYPE = new PolicyType(
            "sencache",
            List.of("sen_cache"),
            "Reuse what all blocks added while measured sensitivities expect little change",
            "https://arxiv.org/abs/2602.24208",
            List.of(
                    Sensitivity.THRESH_START,
                    Sensitivity.THRESH_MAIN,
                    K,
                    J_X_NORM,
                    J_T_NORM,
                    TIMESTEPS,
                    WARMUP_STEPS,
                    LAST_STEPS),
            SenCache::policy);

    private SenCache() {}

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    /** Unset by default: no other model's table fits. */
    private static Parameter<List<Double>> measured(Parameter<List<Double>> table) {
        return Parameter.optional(table.name(), table.type(), table.unit(), table.meaning());
    }

    private static CachePolicy policy(Parameters values) {
        for (Parameter<List<Double>> table : List.of(J_X_NORM, J_T_NORM, TIMESTEPS)) {
            if (values.find(table).isEmpty()) {
                throw new InvalidPolicyException(TYPE.id() + ": " + table.name()
                        + " must be set, it differs from model to model; reprise calibrate --sensitivity measures it");
            }
        }
        return Combined.preset(
                TYPE,
                Combined.parts(values, Sensitivity.TYPE.from(values).build(), Hold.TYPE.part(), Blocks.TYPE.part())
                        .set(Combined.MAX_CONTINUOUS, values.get(K)));
    }
}
