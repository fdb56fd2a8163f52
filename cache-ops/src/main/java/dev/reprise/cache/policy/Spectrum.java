package dev.reprise.cache.policy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.forecast.Chebyshev;
import dev.reprise.cache.indicator.GrowingWindow;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.span.Blocks;
import java.util.List;

/**
 * Spectrum: Chebyshev polynomials of the step, fitted to all computed steps so far by ridge regression, forecast the hidden states behind the
 * blocks; computed steps grow rarer. A preset of {@link Combined}: {@link GrowingWindow} × {@link Chebyshev} × {@link Blocks}.
 *
 * <p>The published code counts 50 steps whatever the generation has; that is {@code span} 50. It computes the forecast in bfloat16, this
 * one in float32. Source: https://arxiv.org/abs/2603.01623, https://github.com/hanjq17/Spectrum.
 */
public final class Spectrum {
    public static final Parameter<Double> WINDOW_SIZE =
            Parameter.of("window_size", ParameterType.number(1), 2.0, "steps", "Compute every so many steps at first");
    public static final Parameter<Double> FLEX_WINDOW = Parameter.of(
            "flex_window", ParameterType.number(0), 0.75, "steps", "What the window grows by at each computed step");
    public static final Parameter<Integer> WARMUP_STEPS =
            Parameter.of("warmup_steps", ParameterType.integer(0), 5, "steps", "Compute this many steps at the start");
    public static final Parameter<Integer> M =
            Parameter.of("m", ParameterType.integer(0), 4, "", "Highest Chebyshev polynomial");
    public static final Parameter<Double> LAM =
            Parameter.of("lam", ParameterType.number(0), 0.1, "", "Penalty of the ridge regression");
    public static final Parameter<Integer> K =
            Parameter.of("k", ParameterType.integer(1), 100, "values", "Computed steps to fit to, the last ones");
    public static final Parameter<Double> W = Parameter.of(
            "w",
            ParameterType.number(0, 1),
            1.0,
            "",
            "Share of the fit; the rest is a straight line through the last two");
    public static final Parameter<Integer> SPAN =
            Parameter.of("span", ParameterType.integer(1), 50, "steps", "Steps that the polynomials span");

    public static final PolicyType TYPE = new PolicyType(
            "spectrum",
            List.of(),
            "Forecast what leaves the blocks by Chebyshev polynomials, at distances that grow",
            "https://arxiv.org/abs/2603.01623",
            List.of(WINDOW_SIZE, FLEX_WINDOW, WARMUP_STEPS, M, LAM, K, W, SPAN),
            Spectrum::policy);

    private Spectrum() {}

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    private static CachePolicy policy(Parameters values) {
        return Combined.preset(
                TYPE,
                Combined.parts(
                        values,
                        GrowingWindow.TYPE
                                .builder()
                                .set(GrowingWindow.WINDOW, values.get(WINDOW_SIZE))
                                .set(GrowingWindow.GROWTH, values.get(FLEX_WINDOW))
                                .build(),
                        Chebyshev.TYPE
                                .from(values)
                                .set(Chebyshev.DEGREE, values.get(M))
                                .set(Chebyshev.LAMBDA, values.get(LAM))
                                .set(Chebyshev.PENALTY_FROM, 0)
                                .set(Chebyshev.HISTORY, values.get(K))
                                .set(Chebyshev.BLEND, values.get(W))
                                .build(),
                        Blocks.TYPE
                                .builder()
                                .set(Blocks.KEEP, Blocks.Keep.HIDDEN_STATES)
                                .build()));
    }
}
