package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
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
import java.util.List;
import java.util.Map;

/**
 * MagCache: how the magnitude of the blocks' residual changes from step to step is the same for every prompt, so that a table of
 * ratios {@code γ}, measured once per model, says how far an old residual is off.
 *
 * <pre>
 *   t ≥ ⌊retention_ratio·N + ½⌋:   g *= γ_t,  n += 1,  err += |1 − g|
 *   reuse ⇔ a residual is kept ∧ err ≤ threshold ∧ n ≤ max_skip_steps:   h^L = x_t + R,  R = h^L_a − x_a   [batch, tokens, channels]
 *   else compute, g = 1, n = 0, err = 0
 * </pre>
 *
 * The encoder stream passes through unchanged on reuse. Ratios for another number of steps are taken to the nearest index. Figures
 * are float32, as in the reference, so that decisions on the edge agree; like there, everything starts over after
 * {@code num_inference_steps}. With {@code calibrate} all steps compute and measure {@code residual_ratio}, the mean over tokens of
 * {@code |R_t|₂ / |R_{t−1}|₂}, first 1.
 *
 * <p>What the model itself adds to the hidden states between the blocks, as control hints, is part of R, so a reuse adds it once. The
 * hooks of diffusers let the hidden states pass through the blocks they skip, so the model adds its hints of this step on top:
 * {@code h^L = x_t + R + Σ hints}. {@link #HINTS_TWICE} does that too.
 *
 * <p>Source: https://arxiv.org/abs/2506.09045.
 */
public final class MagCache implements CachePolicy {
    /** Name of the figure that calibration measures. */
    public static final String RESIDUAL_RATIO = "residual_ratio";

    public static final Parameter<Double> THRESHOLD = Parameter.of(
            "threshold",
            ParameterType.number(0),
            0.06,
            "accumulated error",
            "Compute when the error exceeds it; 0 computes every step");
    public static final Parameter<Integer> MAX_SKIP_STEPS =
            Parameter.of("max_skip_steps", ParameterType.integer(0), 3, "steps", "Most reuses in a row");
    public static final Parameter<Double> RETENTION_RATIO = Parameter.of(
            "retention_ratio", ParameterType.number(0, 1), 0.2, "", "Share of the steps, at the start, that compute");
    public static final Parameter<Integer> NUM_INFERENCE_STEPS =
            Parameter.of("num_inference_steps", ParameterType.integer(1), 28, "steps", "Steps of a generation");
    public static final Parameter<List<Double>> MAG_RATIOS = Parameter.optional(
            "mag_ratios",
            ParameterType.numbers(1),
            "",
            "Ratio of the residual's magnitude to the step before, one per step; from calibration");
    public static final Parameter<Boolean> CALIBRATE =
            Parameter.of("calibrate", ParameterType.flag(), false, "", "Compute every step and measure the ratios");
    public static final Parameter<Boolean> HINTS_TWICE = BlockSpan.HINTS_TWICE;

    public static final PolicyType TYPE = new PolicyType(
            "magcache",
            List.of("mag_cache", "mag"),
            "Reuse what all blocks added, for as long as a calibrated table of magnitudes allows",
            "https://arxiv.org/abs/2506.09045",
            List.of(
                    THRESHOLD,
                    MAX_SKIP_STEPS,
                    RETENTION_RATIO,
                    NUM_INFERENCE_STEPS,
                    MAG_RATIOS,
                    CALIBRATE,
                    HINTS_TWICE),
            MagCache::new);

    private final float threshold;
    private final int maxSkipSteps;
    private final int steps;
    private final int retention;
    private final float[] ratios;
    private final boolean calibrate;
    private final boolean hintsTwice;

    private MagCache(Parameters parameters) {
        threshold = parameters.get(THRESHOLD).floatValue();
        maxSkipSteps = parameters.get(MAX_SKIP_STEPS);
        steps = parameters.get(NUM_INFERENCE_STEPS);
        retention = (int) (parameters.get(RETENTION_RATIO) * steps + 0.5);
        calibrate = parameters.get(CALIBRATE);
        hintsTwice = parameters.get(HINTS_TWICE);
        if (calibrate) {
            ratios = new float[0];
        } else {
            ratios = nearest(
                    parameters
                            .find(MAG_RATIOS)
                            .orElseThrow(() -> new InvalidPolicyException(
                                    TYPE.id() + ": mag_ratios must be set, they differ from model to model; "
                                            + "calibrate=true measures them")),
                    steps);
        }
    }

    /** Takes a table to another length: index {@code round(i·(M−1)/(N−1))} in float32, halves to even. */
    static float[] nearest(List<Double> table, int length) {
        float[] result = new float[length];
        float scale = length == 1 ? 0 : (float) ((double) (table.size() - 1) / (length - 1));
        for (int i = 0; i < length; i++) {
            int index = length == 1 ? table.size() - 1 : (int) Math.rint(i * scale);
            result[i] = table.get(index).floatValue();
        }
        return result;
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
        int blocks = BlockSpan.chain(id(), model).blocks().size();
        BlockSpan all = hintsTwice
                ? BlockSpan.passedThrough(id(), model, 0, blocks)
                : BlockSpan.between(id(), model, 0, blocks);
        if (threshold == 0 && !calibrate) {
            return ComputeAlways.forThresholdZero(Subject.BLOCKS);
        }
        return new BoundPolicy(
                all.provides(),
                all.entering(),
                Map.of(all.leavingHidden(), 1),
                () -> new State(BlockResidual.ofHiddenStates(all)));
    }

    private final class State implements PolicyState {
        private final BlockResidual residual;
        private float ratio = 1;
        private float error;
        private int skips;
        private int generation;
        private boolean computing;

        State(BlockResidual residual) {
            this.residual = residual;
        }

        @Override
        public void before(DenoisingStep step) {
            if (step.index() / steps != generation) {
                generation = step.index() / steps;
                residual.forget(step.cache());
                restart();
            }
            computing = true;
            int index = step.index() % steps;
            if (calibrate) {
                compute(step, Reason.CALIBRATION);
            } else if (index < retention) {
                compute(step, Reason.WARMUP);
            } else {
                ratio *= ratios[index];
                skips++;
                error += Math.abs(1 - ratio);
                beyondWarmup(step);
            }
        }

        private void beyondWarmup(DenoisingStep step) {
            Reason accumulated = Reason.accumulated(error, threshold);
            if (!residual.ready(step.cache())) {
                restart();
                compute(step, residual.missing(step.cache()));
            } else if (error <= threshold && skips <= maxSkipSteps) {
                computing = false;
                residual.skip(step);
                step.decide(Subject.BLOCKS, Decision.REUSE, accumulated);
            } else {
                Reason reason = skips > maxSkipSteps && error <= threshold ? Reason.MAX_CONTINUOUS : accumulated;
                restart();
                compute(step, reason);
            }
        }

        private void compute(DenoisingStep step, Reason reason) {
            residual.observe(step);
            step.decide(Subject.BLOCKS, Decision.COMPUTE, reason);
        }

        private void restart() {
            ratio = 1;
            error = 0;
            skips = 0;
        }

        @Override
        public void after(DenoisingStep step) {
            if (!computing) {
                return;
            }
            if (calibrate) {
                measureRatio(step);
            }
            residual.keep(step);
        }

        private void measureRatio(DenoisingStep step) {
            Tensor before = residual.keptOfHiddenStates(step.cache());
            Tensor now = residual.ofHiddenStates(step);
            if (now != null) {
                step.measure(RESIDUAL_RATIO, before == null ? 1 : step.math().meanTokenNormRatio(now, before));
            }
        }
    }
}
