package dev.reprise.cache.indicator;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import dev.reprise.cache.reuse.LatentsInput;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * EasyCache's indicator: the latents u tell how the output v changes. {@code κ = ‖v_a − v_b‖/‖u_a − u_b‖} at the last two computed steps,
 * {@code acc += κ·‖u_t − u_{t−1}‖/‖v_a‖}; skip while {@code acc < threshold}. Works on any graph.
 *
 * <p>Source: https://arxiv.org/abs/2507.02860.
 */
public final class LatentsChange implements Indicator {
    public static final Parameter<Double> THRESHOLD = Parameter.of(
            "threshold",
            ParameterType.number(0),
            0.05,
            "accumulated change",
            "Compute when the expected change of the output reaches it; 0 computes every step");

    public static final PartType<Indicator> TYPE = new PartType<>(
            "latents_change",
            "Compute when the latents have moved far enough (EasyCache)",
            "https://arxiv.org/abs/2507.02860",
            List.of(THRESHOLD),
            LatentsChange::new);

    private static final String LAST = "indicator/latents";
    private static final String ANCHOR = "indicator/latents_a";
    private static final String OUTPUT = "indicator/output_a";

    private final double threshold;

    private LatentsChange(Parameters values) {
        threshold = values.get(THRESHOLD);
    }

    @Override
    public boolean computesAlways() {
        return threshold == 0;
    }

    @Override
    public Bound bind(String policy, Manifest model) {
        String latents = LatentsInput.find(policy, model).name();
        String output = model.outputs().get(0).name();
        return new Bound(Set.of(), Map.of(latents, 2, output, 1), () -> new State(latents, output));
    }

    private final class State implements Indicator.State {
        private final String latents;
        private final String output;
        private double rate = Double.NaN;
        private double outputNorm;
        private double added;
        private double accumulated;

        State(String latents, String output) {
            this.latents = latents;
            this.output = output;
        }

        @Override
        public void observe(DenoisingStep step) {
            Tensor last = step.cache().get(LAST);
            if (last != null) {
                added = rate * step.math().distance(step.input(latents), last) / outputNorm;
                accumulated += added;
            }
        }

        @Override
        public Verdict judge(DenoisingStep step) {
            if (step.cache().get(LAST) == null
                    || step.cache().get(ANCHOR) == null
                    || step.cache().get(OUTPUT) == null) {
                return Verdict.of(true, step.cache().missing(List.of(LAST, ANCHOR, OUTPUT)));
            }
            // Unknown until two steps were computed, and where the latents stood still between them.
            if (Double.isNaN(accumulated) || Double.isNaN(rate)) {
                return Verdict.of(true, Reason.WARMUP);
            }
            return Verdict.reaching(accumulated, threshold, added);
        }

        @Override
        public void after(DenoisingStep step, boolean computed) {
            TensorMath math = step.math();
            Tensor now = math.copy(step.input(latents));
            if (computed) {
                Tensor result = step.output(output);
                Tensor anchor = step.cache().get(ANCHOR);
                Tensor before = step.cache().get(OUTPUT);
                rate = anchor == null || before == null
                        ? Double.NaN
                        : math.distance(result, before) / (double) math.distance(now, anchor);
                outputNorm = math.meanAbs(result);
                accumulated = 0;
                step.cache().put(ANCHOR, now);
                step.cache().put(OUTPUT, result);
            }
            step.cache().put(LAST, now);
        }
    }
}
