package dev.reprise.cache.policy;

import dev.reprise.cache.CachePolicy;
<<<<<<< HEAD
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
=======
import dev.reprise.cache.forecast.Hold;
import dev.reprise.cache.indicator.LatentsChange;
>>>>>>> trunk
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
<<<<<<< HEAD
import dev.reprise.cache.reuse.LatentsInput;
import dev.reprise.cache.reuse.ModelOutputs;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
=======
import dev.reprise.cache.span.OutputChange;
>>>>>>> trunk
import java.util.List;

/**
<<<<<<< HEAD
 * EasyCache: how much the output {@code v} changes per change of the latents {@code u} is nearly constant in the middle of the
 * denoising, so that the latents alone tell when to compute. Works on any graph whose first output has the shape of its latents, or twice their channels.
 *
 * <pre>
 *   κ = ‖v_a − v_a'‖ / ‖u_a − u_a'‖          at the last two computed steps a' &lt; a;  ‖z‖ = mean(|z|)
 *   acc += κ · ‖u_t − u_{t−1}‖ / ‖v_a‖
 *   reuse ⇔ acc &lt; threshold:  v = u_t + (v_a − u_a)            [batch, .., height, width]
 *   else compute, acc = 0
 * </pre>
 *
 * A learned variance, which doubles the channels of the output, and other outputs are those of the last computed step. The last step is computed where the caller says how many there are.
 *
 * <p>Source: https://arxiv.org/abs/2507.02860.
=======
 * EasyCache: how much the output changes per change of the latents is nearly constant in the middle of the denoising, so that the latents
 * alone tell when to compute. A preset of {@link Combined}: {@link LatentsChange} × {@link Hold} × {@link OutputChange}, on any graph whose
 * first output has the shape of its latents. The last step is computed where the caller says how many there are.
 *
 * <p>Source: https://arxiv.org/abs/2507.02860, https://github.com/H-EmbodVis/EasyCache. There the unconditional branch follows the decision
 * of the conditional one; here every context decides for itself.
>>>>>>> trunk
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

<<<<<<< HEAD
    @Override
    public String id() {
        return TYPE.id();
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        LatentsInput.requireShapeOfOutput(id(), model);
        String latents = LatentsInput.find(id(), model).name();
        TensorSpec output = model.outputs().get(0);
        List<String> others = ModelOutputs.names(model).stream().skip(1).toList();
        Map<String, Integer> keeps = BoundPolicy.copies(1, ModelOutputs.names(model));
        keeps.put(latents, 2);
        return new BoundPolicy(
                Set.copyOf(ModelOutputs.names(model)),
                Set.of(),
                keeps,
                () -> new State(latents, output.name(), ModelOutputs.last(others)));
    }

    private final class State implements PolicyState {
        private final String latents;
        private final String output;
        private final ModelOutputs others;
        // Change of the output per change of the latents; unknown until two steps were computed.
        private double rate = Double.NaN;
        private double outputNorm = Double.NaN;
        private double accumulated;
        private boolean computing;

        State(String latents, String output, ModelOutputs others) {
            this.latents = latents;
            this.output = output;
            this.others = others;
        }

        @Override
        public void before(DenoisingStep step) {
            Tensor now = step.input(latents);
            Tensor previous = step.cache().get(LATENTS);
            Tensor anchorLatents = step.cache().get(ANCHOR_LATENTS);
            Tensor anchorOutput = step.cache().get(ANCHOR_OUTPUT);
            computing = true;
            if (previous == null || anchorLatents == null || anchorOutput == null || !others.ready(step.cache())) {
                compute(step, missing(step.cache()));
                return;
            }
            accumulated += rate * step.math().distance(now, previous) / outputNorm;
            Reason reason = Reason.accumulated(accumulated, threshold);
            if (step.index() < warmupSteps || Double.isNaN(rate)) {
                compute(step, Reason.WARMUP);
            } else if (step.index() == step.count().orElse(0) - 1) {
                compute(step, Reason.LAST_STEP);
            } else if (accumulated < threshold) {
                computing = false;
                step.provide(output, reused(step, now, anchorOutput, anchorLatents));
                others.skip(step);
                step.decide(Subject.MODEL, Decision.REUSE, reason);
            } else {
                compute(step, reason);
            }
        }

        private Tensor reused(DenoisingStep step, Tensor now, Tensor anchorOutput, Tensor anchorLatents) {
            return step.math()
                    .combine(
                            anchorOutput.elementType(),
                            List.of(1f, 1f, -1f),
                            List.of(
                                    LatentsInput.inShapeOf(step, id(), now, anchorOutput),
                                    anchorOutput,
                                    LatentsInput.inShapeOf(step, id(), anchorLatents, anchorOutput)));
        }

        private void compute(DenoisingStep step, Reason reason) {
            accumulated = 0;
            others.observe(step);
            step.observe(output);
            step.decide(Subject.MODEL, Decision.COMPUTE, reason);
        }

        private Reason missing(Cache cache) {
            Reason reason = cache.missing(List.of(LATENTS, ANCHOR_LATENTS, ANCHOR_OUTPUT));
            return reason.equals(Reason.BUDGET) ? reason : others.missing(cache);
        }

        @Override
        public void after(DenoisingStep step) {
            Tensor now = step.math().copy(step.input(latents));
            if (computing) {
                keep(step, now);
                others.keep(step);
            }
            step.cache().put(LATENTS, now);
        }

        private void keep(DenoisingStep step, Tensor now) {
            Tensor result = step.output(output);
            LatentsInput.inShapeOf(step, id(), now, result);
            Tensor anchorLatents = step.cache().get(ANCHOR_LATENTS);
            Tensor anchorOutput = step.cache().get(ANCHOR_OUTPUT);
            TensorMath math = step.math();
            rate = anchorLatents == null || anchorOutput == null
                    ? Double.NaN
                    : math.distance(result, anchorOutput) / (double) math.distance(now, anchorLatents);
            outputNorm = math.meanAbs(result);
            step.cache().put(ANCHOR_LATENTS, now);
            step.cache().put(ANCHOR_OUTPUT, result);
        }
=======
    private static CachePolicy policy(Parameters values) {
        return Combined.preset(
                TYPE,
                Combined.parts(
                                values,
                                LatentsChange.TYPE.from(values).build(),
                                Hold.TYPE.part(),
                                OutputChange.TYPE.part())
                        .set(Combined.LAST_STEPS, 1));
>>>>>>> trunk
    }
}
