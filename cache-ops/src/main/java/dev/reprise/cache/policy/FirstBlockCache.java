package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.reuse.BlockResidual;
import dev.reprise.cache.reuse.BlockSpan;
import dev.reprise.cache.reuse.ComputeAlways;
import dev.reprise.cache.reuse.FrontBlockGate;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;

/**
 * First Block Cache: when the first block adds about the same to the hidden states as it did at the last computed step (the
 * anchor {@code a}), the other blocks will too.
 *
 * <pre>
 *   p_t = h¹_t − x_t                       probe            [batch, tokens, channels]
 *   D   = ‖p_a − p_t‖ / ‖p_a‖              ‖z‖ = mean(|z|)
 *   D ≤ threshold:  h^L = h¹_t + R         R = h^L_a − h¹_a, the encoder stream likewise
 *   else:           compute, a = t
 * </pre>
 *
 * The anchor stays where it is while steps reuse it. Keeps p_a and one residual per stream. Threshold 0 never reuses, not even at
 * {@code D = 0}: {@code h¹ + (h^L − h¹)} is not {@code h^L} to the last bit.
 *
 * <p>What the model itself adds to the hidden states between the blocks, as control hints, is part of R, so a reuse adds it once. The
 * hooks of diffusers let the hidden states pass through the blocks they skip, so the model adds its hints of this step on top:
 * {@code h^L = h¹_t + R + Σ hints}. {@link #HINTS_TWICE} does that too.
 *
 * <p>Source: ParaAttention, https://github.com/chengzeyi/ParaAttention, after TeaCache, https://arxiv.org/abs/2411.19108.
 */
public final class FirstBlockCache implements CachePolicy {
    public static final Parameter<Double> THRESHOLD = Parameter.of(
            "threshold",
            ParameterType.number(0),
            0.05,
            "relative distance",
            "Reuse the other blocks while the first block's residual differs by no more; 0 computes every step");
    public static final Parameter<Integer> WARMUP_STEPS =
            Parameter.of("warmup_steps", ParameterType.integer(0), 0, "steps", "Compute this many steps at the start");
    public static final Parameter<Integer> MAX_CONTINUOUS_REUSES = Parameter.optional(
            "max_continuous_reuses", ParameterType.integer(1), "steps", "Compute after this many reuses in a row");
    public static final Parameter<Integer> PROBE_STRIDE =
            Parameter.of("probe_stride", ParameterType.integer(1), 1, "channels", "Compare every n-th channel only");
    public static final Parameter<Boolean> HINTS_TWICE = BlockSpan.HINTS_TWICE;

    public static final PolicyType TYPE = new PolicyType(
            "first_block_cache",
            List.of("fbc", "first_block"),
            "Run the first block; reuse what the others added while its residual hardly changes",
            "https://github.com/chengzeyi/ParaAttention",
            List.of(THRESHOLD, WARMUP_STEPS, MAX_CONTINUOUS_REUSES, PROBE_STRIDE, HINTS_TWICE),
            FirstBlockCache::new);

    private final double threshold;
    private final int warmupSteps;
    private final int maxContinuousReuses;
    private final int probeStride;
    private final boolean hintsTwice;

    private FirstBlockCache(Parameters parameters) {
        threshold = parameters.get(THRESHOLD);
        warmupSteps = parameters.get(WARMUP_STEPS);
        maxContinuousReuses = parameters.find(MAX_CONTINUOUS_REUSES).orElse(Integer.MAX_VALUE);
        probeStride = parameters.get(PROBE_STRIDE);
        hintsTwice = parameters.get(HINTS_TWICE);
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
        if (threshold == 0) {
            return ComputeAlways.forThresholdZero(Subject.BLOCKS);
        }
        BlockSpan first = BlockSpan.hiddenStates(id(), model, 0, 1);
        BlockSpan others = hintsTwice
                ? BlockSpan.passedThrough(id(), model, 1, blocks)
                : BlockSpan.between(id(), model, 1, blocks);
        return FrontBlockGate.bind(
                first, others, 1, () -> new State(new FrontBlockGate(first, BlockResidual.last(others), probeStride)));
    }

    private final class State implements PolicyState {
        private final FrontBlockGate gate;
        private int reuses;

        State(FrontBlockGate gate) {
            this.gate = gate;
        }

        @Override
        public void before(DenoisingStep step) {
            Reason missing = gate.probe(step);
            if (missing != null) {
                compute(step, missing);
            } else if (step.index() < warmupSteps) {
                compute(step, Reason.WARMUP);
            } else if (reuses >= maxContinuousReuses) {
                compute(step, Reason.MAX_CONTINUOUS);
            } else {
                float difference = gate.difference(step);
                Reason reason = Reason.difference(difference, threshold);
                // Written so that NaN (an anchor of zeros) computes.
                if (difference <= threshold) {
                    reuses++;
                    gate.reuse(step, Decision.REUSE, reason);
                } else {
                    compute(step, reason);
                }
            }
        }

        private void compute(DenoisingStep step, Reason reason) {
            reuses = 0;
            gate.compute(step, reason);
        }

        @Override
        public void after(DenoisingStep step) {
            gate.after(step);
        }
    }
}
