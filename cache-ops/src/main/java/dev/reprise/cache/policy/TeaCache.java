package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.math.PolynomialFit;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.reuse.BlockResidual;
import dev.reprise.cache.reuse.BlockSpan;
import dev.reprise.cache.reuse.ComputeAlways;
import dev.reprise.graph.bundle.Manifest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * TeaCache: the first block's input after its timestep modulation, {@code m_t} [batch, tokens, channels], changes like the model's
 * output does, once a polynomial fitted to the model maps the one change to the other.
 *
 * <pre>
 *   δ = ‖m_t − m_{t−1}‖ / ‖m_{t−1}‖        from step to step, computed or not;  ‖z‖ = mean(|z|)
 *   acc += max(0, P(δ))                     P = coefficients, highest power first; 1, 0 is the identity
 *   compute ⇔ warmup (first step) or last step ∨ acc ≥ threshold;  then acc = 0,  R = h^L − x
 *   else h^L = x_t + R, the encoder stream likewise: no block runs
 * </pre>
 *
 * With {@code calibrate} all steps compute and measure {@code probe_change} (δ) and {@code output_change} (the same of the model's
 * first output), the points that {@link PolynomialFit} takes. The last step is known where the caller says how many there are.
 *
 * <p>Source: https://arxiv.org/abs/2411.19108.
 */
public final class TeaCache implements CachePolicy {
    /** Names of the figures that calibration measures, from the second step on. */
    public static final String PROBE_CHANGE = "probe_change";

    public static final String OUTPUT_CHANGE = "output_change";

    public static final Parameter<Double> THRESHOLD = Parameter.of(
                    "threshold",
                    ParameterType.number(0),
                    0.15,
                    "accumulated change",
                    "Compute when the change since the last computed step reaches it; 0 computes every step")
            .alias("rel_l1_thresh", "rel_l1_threshold");
    public static final Parameter<List<Double>> COEFFICIENTS = Parameter.of(
            "coefficients",
            ParameterType.numbers(1),
            List.of(1.0, 0.0),
            "",
            "Polynomial from probe change to output change, highest power first; from calibration");
    public static final Parameter<Integer> WARMUP_STEPS =
            Parameter.of("warmup_steps", ParameterType.integer(0), 1, "steps", "Compute this many steps at the start");
    public static final Parameter<Boolean> CALIBRATE = Parameter.of(
            "calibrate",
            ParameterType.flag(),
            false,
            "",
            "Compute every step and measure the points to fit the polynomial to");

    public static final PolicyType TYPE = new PolicyType(
            "teacache",
            List.of("tea_cache", "tea"),
            "Reuse what all blocks added until the modulated input has changed enough",
            "https://arxiv.org/abs/2411.19108",
            List.of(THRESHOLD, COEFFICIENTS, WARMUP_STEPS, CALIBRATE),
            TeaCache::new);

    private static final String MODULATED = "modulated_input";
    private static final String OUTPUT = "calibration_output";

    private final double threshold;
    private final List<Double> coefficients;
    private final int warmupSteps;
    private final boolean calibrate;

    private TeaCache(Parameters parameters) {
        threshold = parameters.get(THRESHOLD);
        coefficients = parameters.get(COEFFICIENTS);
        warmupSteps = parameters.get(WARMUP_STEPS);
        calibrate = parameters.get(CALIBRATE);
    }

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    @Override
    public String id() {
        return TYPE.id();
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        String modulated = BlockSpan.modulatedInput(id(), model);
        if (threshold == 0 && !calibrate) {
            return ComputeAlways.forThresholdZero(Subject.BLOCKS);
        }
        BlockSpan span = BlockSpan.all(id(), model);
        String output = model.outputs().get(0).name();
        Set<String> watches = new LinkedHashSet<>(span.entering());
        watches.add(modulated);
        Map<String, Integer> keeps = span.keeps(1);
        keeps.put(modulated, 1);
        return new BoundPolicy(
                span.provides(), watches, keeps, () -> new State(BlockResidual.last(span), modulated, output));
    }

    private final class State implements PolicyState {
        private final BlockResidual residual;
        private final String modulated;
        private final String output;
        private double accumulated;
        private boolean computing;
        private @Nullable Tensor probe;

        State(BlockResidual residual, String modulated, String output) {
            this.residual = residual;
            this.modulated = modulated;
            this.output = output;
        }

        @Override
        public void before(DenoisingStep step) {
            residual.observeEntering(step);
            probe = step.pull(modulated);
            Tensor last = step.cache().get(MODULATED);
            computing = true;
            if (last == null) {
                compute(step, step.cache().missing(List.of(MODULATED)));
                return;
            }
            double change = step.math().relativeDistance(last, probe);
            accumulated += Math.max(0, PolynomialFit.at(coefficients, change));
            if (calibrate) {
                step.measure(PROBE_CHANGE, change);
                compute(step, Reason.CALIBRATION);
            } else if (!residual.ready(step.cache())) {
                compute(step, residual.missing(step.cache()));
            } else if (step.index() < warmupSteps) {
                compute(step, Reason.WARMUP);
            } else if (step.index() == step.count().orElse(0) - 1) {
                compute(step, Reason.LAST_STEP);
            } else if (accumulated < threshold) {
                computing = false;
                residual.skip(step);
                step.decide(Subject.BLOCKS, Decision.REUSE, Reason.accumulated(accumulated, threshold));
            } else {
                compute(step, Reason.accumulated(accumulated, threshold));
            }
        }

        private void compute(DenoisingStep step, Reason reason) {
            accumulated = 0;
            residual.observe(step);
            step.decide(Subject.BLOCKS, Decision.COMPUTE, reason);
        }

        @Override
        public void after(DenoisingStep step) {
            if (probe != null) {
                step.cache().put(MODULATED, probe);
                probe = null;
            }
            if (computing) {
                residual.keep(step);
            }
            if (calibrate) {
                Tensor now = step.output(output);
                Tensor last = step.cache().get(OUTPUT);
                if (last != null) {
                    step.measure(OUTPUT_CHANGE, step.math().relativeDistance(last, now));
                }
                step.cache().put(OUTPUT, now);
            }
        }
    }
}
