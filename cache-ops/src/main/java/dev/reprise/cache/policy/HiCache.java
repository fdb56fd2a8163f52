package dev.reprise.cache.policy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.forecast.Hermite;
import dev.reprise.cache.indicator.Interval;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.span.Output;
import java.util.List;

/**
 * HiCache: TaylorSeer with contracted Hermite polynomials in place of powers, which damp far forecasts. A preset of {@link Combined}:
 * {@link Interval} × {@link Hermite} × {@link Output}.
 *
 * <p>Source: https://arxiv.org/abs/2508.16984; the sign is that of https://github.com/Archerkattri/hicache-plus-plus from 1.2.0 on, which
 * earlier code had the wrong way round.
 */
public final class HiCache {
    public static final Parameter<Integer> INTERVAL =
            Parameter.of("interval", ParameterType.integer(1), 4, "steps", "Compute every so many steps");
    public static final Parameter<Integer> MAX_ORDER =
            Parameter.of("max_order", ParameterType.integer(0), 1, "", "Highest difference");
    public static final Parameter<Double> SIGMA =
            Parameter.of("sigma", ParameterType.number(0, 1), 0.5, "", "Contraction; less damps more");
    public static final Parameter<Integer> FIRST_ENHANCE = Parameter.of(
                    "first_enhance", ParameterType.integer(0), 3, "steps", "Compute this many steps at the start")
            .alias("warmup_steps");
    public static final Parameter<Integer> LAST_STEPS = Combined.LAST_STEPS;

    public static final PolicyType TYPE = new PolicyType(
            "hicache",
            List.of("hi_cache"),
            "Predict the output by a damped series in Hermite polynomials; works on any graph",
            "https://arxiv.org/abs/2508.16984",
            List.of(INTERVAL, MAX_ORDER, SIGMA, FIRST_ENHANCE, LAST_STEPS),
            HiCache::policy);

    private HiCache() {}

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    private static CachePolicy policy(Parameters values) {
        return Combined.preset(
                TYPE,
                Combined.parts(
                                values,
                                Interval.TYPE
                                        .builder()
                                        .set(Interval.EVERY, values.get(INTERVAL))
                                        .build(),
                                Hermite.TYPE
                                        .from(values)
                                        .set(Hermite.ORDER, values.get(MAX_ORDER))
                                        .build(),
                                Output.TYPE.part())
                        .set(Combined.WARMUP_STEPS, values.get(FIRST_ENHANCE)));
    }
}
