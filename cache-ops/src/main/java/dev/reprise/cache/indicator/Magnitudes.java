package dev.reprise.cache.indicator;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;

/**
 * MagCache's indicator: a table of how the residual's magnitude changes from step to step, measured once. {@code g *= γ_t},
 * {@code err += |1 − g|}; skip while {@code err ≤ threshold}. Known before the run: it looks at no tensor.
 *
 * <p>Source: https://arxiv.org/abs/2506.09045.
 */
public final class Magnitudes implements Indicator {
    public static final Parameter<Double> THRESHOLD = Parameter.of(
            "threshold", ParameterType.number(0), 0.06, "accumulated error", "Compute when the error exceeds it");
    public static final Parameter<List<Double>> RATIOS = Parameter.of(
            "ratios",
            ParameterType.numbers(1),
            List.of(1.0),
            "",
            "Ratio of the residual's magnitude to the step before, one per step; from calibration. The last one holds on");

    public static final PartType<Indicator> TYPE = new PartType<>(
            "magnitudes",
            "Compute when a calibrated table of magnitudes says that the residual is off",
            "https://arxiv.org/abs/2506.09045",
            List.of(THRESHOLD, RATIOS),
            Magnitudes::new);

    private final double threshold;
    private final List<Double> ratios;

    private Magnitudes(Parameters values) {
        threshold = values.get(THRESHOLD);
        ratios = values.get(RATIOS);
    }

    @Override
    public boolean computesAlways() {
        return threshold == 0;
    }

    @Override
    public Bound bind(String policy, Manifest model) {
        return Bound.withoutProbe(State::new);
    }

    private final class State implements Indicator.State {
        private double product = 1;
        private double error;

        @Override
        public void observe(DenoisingStep step) {
            product *= ratios.get(Math.min(step.index(), ratios.size() - 1));
            error += Math.abs(1 - product);
        }

        @Override
        public Verdict judge(DenoisingStep step) {
            return new Verdict(error > threshold, Reason.accumulated(error, threshold), Math.abs(1 - product));
        }

        @Override
        public void after(DenoisingStep step, boolean computed) {
            if (computed) {
                product = 1;
                error = 0;
            }
        }
    }
}
