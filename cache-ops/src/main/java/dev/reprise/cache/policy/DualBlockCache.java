package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.ForecastKind;
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
import java.util.Optional;

/**
 * DBCache: the front blocks 1..F probe, the back blocks (the last B) refine, the middle is skipped while the front hardly changes.
 *
 * <pre>
 *   p_t = h^F_t − x_t,  D = ‖p_a − p_t‖ / ‖p_a‖        a: last computed step;  ‖z‖ = mean(|z|);  [batch, tokens, channels]
 *   in this order: step &lt; warmup_steps → compute;  mask 1 → compute (0 with a static mask → reuse);  max_cached reuses in total →
 *   compute;  max_continuous in a row → compute;  D summed over reuses beyond max_accumulated_difference → compute;
 *   D &lt; threshold → reuse;  else compute
 *   reuse: h^{L−B} = h^F_t + R̂,  R = h^{L−B} − h^F, the last one or its forecast; the encoder stream likewise
 * </pre>
 *
 * The count of reuses in a row and the sum of D start over at every computed step. F = 1, B = 0 is First Block Cache. Steps behind
 * the end of the mask are decided as if there were none; with a static mask they compute.
 *
 * <p>Source: cache-dit, https://github.com/vipshop/cache-dit; after First Block Cache.
 */
public final class DualBlockCache implements CachePolicy {
    /** What 0 in the mask means. */
    public enum MaskPolicy {
        /** The other rules decide. */
        DYNAMIC,
        /** The step reuses. */
        STATIC
    }

    public static final Parameter<Integer> FRONT_BLOCKS = Parameter.of(
                    "front_blocks",
                    ParameterType.integer(1),
                    1,
                    "blocks",
                    "Blocks at the front that always run and are the probe")
            .alias("Fn_compute_blocks", "fn");
    public static final Parameter<Integer> BACK_BLOCKS = Parameter.of(
                    "back_blocks", ParameterType.integer(0), 0, "blocks", "Blocks at the back that always run")
            .alias("Bn_compute_blocks", "bn");
    public static final Parameter<Double> THRESHOLD = Parameter.of(
                    "threshold",
                    ParameterType.number(0),
                    0.08,
                    "relative distance",
                    "Reuse the middle while the front's residual differs by less; 0 computes every step")
            .alias("residual_diff_threshold");
    public static final Parameter<Integer> WARMUP_STEPS = Parameter.of(
                    "warmup_steps", ParameterType.integer(0), 8, "steps", "Compute this many steps at the start")
            .alias("max_warmup_steps");
    public static final Parameter<Integer> MAX_CACHED = Parameter.optional(
                    "max_cached", ParameterType.integer(0), "steps", "Most reuses of a generation")
            .alias("max_cached_steps");
    public static final Parameter<Integer> MAX_CONTINUOUS = Parameter.optional(
                    "max_continuous", ParameterType.integer(1), "steps", "Most reuses in a row")
            .alias("max_continuous_cached_steps");
    public static final Parameter<Double> MAX_ACCUMULATED_DIFFERENCE = Parameter.optional(
                    "max_accumulated_difference",
                    ParameterType.number(0),
                    "relative distance",
                    "Most that the differences of reuses in a row may add up to")
            .alias("max_accumulated_residual_diff_threshold");
    public static final Parameter<String> MASK = Parameter.optional(
                    "mask", ParameterType.mask(), "steps", "1 computes a step; 0 leaves it to the other rules")
            .alias("steps_computation_mask");
    public static final Parameter<MaskPolicy> MASK_POLICY = Parameter.of(
                    "mask_policy",
                    ParameterType.choice(List.of(MaskPolicy.values())),
                    MaskPolicy.DYNAMIC,
                    "",
                    "Whether 0 in the mask leaves a step to the other rules or always reuses")
            .alias("steps_computation_policy");
    public static final Parameter<ForecastKind> FORECAST = Parameter.of(
            "forecast",
            ParameterType.choice(List.of(ForecastKind.values())),
            ForecastKind.LAST,
            "",
            "Add the last residual, or a forecast of it");
    public static final Parameter<Integer> MAX_ORDER =
            Parameter.of("max_order", ParameterType.integer(0), 1, "", "Highest derivative of the forecast");
    public static final Parameter<Integer> PROBE_STRIDE =
            Parameter.of("probe_stride", ParameterType.integer(1), 1, "channels", "Compare every n-th channel only");

    public static final PolicyType TYPE = new PolicyType(
            "dbcache",
            List.of("db_cache", "dual_block_cache"),
            "Run the front and back blocks; reuse or forecast what the middle added while the front hardly changes",
            "https://github.com/vipshop/cache-dit",
            List.of(
                    FRONT_BLOCKS,
                    BACK_BLOCKS,
                    THRESHOLD,
                    WARMUP_STEPS,
                    MAX_CACHED,
                    MAX_CONTINUOUS,
                    MAX_ACCUMULATED_DIFFERENCE,
                    MASK,
                    MASK_POLICY,
                    FORECAST,
                    MAX_ORDER,
                    PROBE_STRIDE),
            DualBlockCache::new);

    private final int front;
    private final int back;
    private final double threshold;
    private final int warmupSteps;
    private final int maxCached;
    private final int maxContinuous;
    private final double maxAccumulated;
    private final String mask;
    private final boolean staticMask;
    private final ForecastKind forecast;
    private final int order;
    private final int probeStride;

    private DualBlockCache(Parameters parameters) {
        front = parameters.get(FRONT_BLOCKS);
        back = parameters.get(BACK_BLOCKS);
        threshold = parameters.get(THRESHOLD);
        warmupSteps = parameters.get(WARMUP_STEPS);
        maxCached = parameters.find(MAX_CACHED).orElse(Integer.MAX_VALUE);
        maxContinuous = parameters.find(MAX_CONTINUOUS).orElse(Integer.MAX_VALUE);
        maxAccumulated = parameters.find(MAX_ACCUMULATED_DIFFERENCE).orElse(Double.POSITIVE_INFINITY);
        Optional<String> given = parameters.find(MASK);
        staticMask = parameters.get(MASK_POLICY) == MaskPolicy.STATIC;
        if (staticMask && given.isEmpty()) {
            throw new InvalidPolicyException(TYPE.id() + ": mask must be set where mask_policy is static, was unset");
        }
        mask = given.orElse("");
        forecast = parameters.get(FORECAST);
        order = forecast == ForecastKind.LAST ? 0 : parameters.get(MAX_ORDER);
        probeStride = parameters.get(PROBE_STRIDE);
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
        if (front + back >= blocks) {
            throw new UnsupportedPolicyException(id() + " with front_blocks " + front + " and back_blocks " + back
                    + " needs more than " + (front + back) + " transformer blocks, found " + blocks);
        }
        if (threshold == 0 && !staticMask) {
            return ComputeAlways.forThresholdZero(Subject.BLOCKS);
        }
        BlockSpan probe = BlockSpan.hiddenStates(id(), model, 0, front);
        BlockSpan middle = BlockSpan.between(id(), model, front, blocks - back);
        return FrontBlockGate.bind(
                probe,
                middle,
                order + 1,
                () -> new State(
                        new FrontBlockGate(probe, BlockResidual.forecast(middle, forecast, order), probeStride)));
    }

    private final class State implements PolicyState {
        private final FrontBlockGate gate;
        private int cached;
        private int continuous;
        private double accumulated;

        State(FrontBlockGate gate) {
            this.gate = gate;
        }

        @Override
        public void before(DenoisingStep step) {
            Reason missing = gate.probe(step);
            boolean masked = step.index() < mask.length();
            if (missing != null) {
                compute(step, missing);
            } else if (step.index() < warmupSteps) {
                compute(step, Reason.WARMUP);
            } else if (masked && mask.charAt(step.index()) == '1') {
                compute(step, Reason.MASK);
            } else if (staticMask && masked) {
                reuse(step, Reason.MASK);
            } else if (staticMask) {
                compute(step, Reason.OUT_OF_RANGE);
            } else if (cached >= maxCached) {
                compute(step, Reason.MAX_CACHED);
            } else if (continuous >= maxContinuous) {
                compute(step, Reason.MAX_CONTINUOUS);
            } else {
                compare(step, gate.difference(step));
            }
        }

        private void compare(DenoisingStep step, double difference) {
            if (accumulated + difference > maxAccumulated) {
                compute(step, Reason.accumulated(accumulated + difference, maxAccumulated));
            } else if (difference < threshold) {
                accumulated += difference;
                reuse(step, Reason.difference(difference, threshold));
            } else {
                compute(step, Reason.difference(difference, threshold));
            }
        }

        private void reuse(DenoisingStep step, Reason reason) {
            cached++;
            continuous++;
            gate.reuse(step, order == 0 ? Decision.REUSE : Decision.PREDICT, reason);
        }

        private void compute(DenoisingStep step, Reason reason) {
            continuous = 0;
            accumulated = 0;
            gate.compute(step, reason);
        }

        @Override
        public void after(DenoisingStep step) {
            gate.after(step);
        }
    }
}
