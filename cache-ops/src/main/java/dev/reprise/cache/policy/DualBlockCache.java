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
import dev.reprise.cache.part.Indicator;
import dev.reprise.cache.reuse.BlockResidual;
import dev.reprise.cache.reuse.BlockSpan;
import dev.reprise.cache.reuse.ComputationMask;
import dev.reprise.cache.reuse.ComputeAlways;
import dev.reprise.cache.reuse.Forecasts;
import dev.reprise.cache.reuse.FrontBlockGate;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;

/**
 * DBCache: the front blocks 1..F probe, the back blocks (the last B) refine, the middle is skipped while the front hardly changes.
 *
 * <pre>
 *   p_t = h^F_t − x_t,  D = ‖p_a − p_t‖ / ‖p_a‖        a: last computed step;  ‖z‖ = mean(|z|);  [batch, tokens, channels]
 *   reuse: h^{L−B} = h^F_t + R̂,  R = h^{L−B} − h^F, the last one or its forecast; the encoder stream likewise
 * </pre>
 *
 * {@link DualBlockRules} says when. F = 1, B = 0 is First Block Cache. At {@code force_refresh_step_hint} everything is forgotten and steps
 * count from 0 again, warmup and mask too: for conditions that change in the middle.
 *
 * <p>Source: cache-dit, https://github.com/vipshop/cache-dit; after First Block Cache. There F is 8 by default, a threshold of 1 or more
 * reuses without a comparison, and TaylorSeer has no slope yet at the third step after a start.
 */
public final class DualBlockCache implements CachePolicy {
    /** What 0 in the mask means. */
    public enum MaskPolicy {
        /** The other rules decide. */
        DYNAMIC,
        /** The step reuses. */
        STATIC
    }

    /** How often everything is forgotten. */
    public enum RefreshPolicy {
        /** At the step that the hint says. */
        ONCE,
        /** After so many steps each time. */
        REPEAT
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
    public static final Parameter<Integer> WARMUP_INTERVAL = Parameter.of(
            "warmup_interval",
            ParameterType.integer(1),
            1,
            "steps",
            "In warmup compute every so many steps only; the other rules decide the rest");
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
            .alias("max_accumulated_residual_diff_threshold", "max_accumulated_residual_diff");
    public static final Parameter<Integer> FORCE_REFRESH_STEP_HINT = Parameter.optional(
            "force_refresh_step_hint",
            ParameterType.integer(1),
            "steps",
            "Forget everything before this step and go on as at the first one");
    public static final Parameter<RefreshPolicy> FORCE_REFRESH_STEP_POLICY = Parameter.of(
            "force_refresh_step_policy",
            ParameterType.choice(List.of(RefreshPolicy.values())),
            RefreshPolicy.ONCE,
            "",
            "Whether to refresh once, or again after as many steps each time");
    public static final Parameter<String> MASK = Parameter.optional(
                    "mask",
                    ParameterType.mask(ComputationMask.PRESETS),
                    "steps",
                    "1 computes a step; 0 leaves it to the other rules. Or a preset of cache-dit")
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
    public static final Parameter<Boolean> CACHE_DIT_COUNTS = Parameter.of(
            "cache_dit_counts",
            ParameterType.flag(),
            false,
            "",
            "Count reuses in a row and add up differences over computed steps too, as cache-dit does");
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
                    WARMUP_INTERVAL,
                    MAX_CACHED,
                    MAX_CONTINUOUS,
                    MAX_ACCUMULATED_DIFFERENCE,
                    FORCE_REFRESH_STEP_HINT,
                    FORCE_REFRESH_STEP_POLICY,
                    MASK,
                    MASK_POLICY,
                    FORECAST,
                    MAX_ORDER,
                    CACHE_DIT_COUNTS,
                    PROBE_STRIDE),
            parameters -> new DualBlockCache("dbcache", parameters));

    private final String id;
    private final Parameters parameters;
    private final int front;
    private final int back;
    private final ForecastKind forecast;
    private final int order;
    private final int refresh;
    private final boolean repeats;

    private DualBlockCache(String id, Parameters parameters) {
        this.id = id;
        this.parameters = parameters;
        front = parameters.get(FRONT_BLOCKS);
        back = parameters.get(BACK_BLOCKS);
        forecast = parameters.get(FORECAST);
        order = parameters.get(MAX_ORDER);
        refresh = parameters.find(FORCE_REFRESH_STEP_HINT).orElse(Integer.MAX_VALUE);
        repeats = parameters.get(FORCE_REFRESH_STEP_POLICY) == RefreshPolicy.REPEAT;
        if (isStatic() && parameters.find(MASK).isEmpty()) {
            throw new InvalidPolicyException(id + ": mask must be set where mask_policy is static, was unset");
        }
    }

    private boolean isStatic() {
        return parameters.get(MASK_POLICY) == MaskPolicy.STATIC;
    }

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    /** A named policy that is this one with some values. */
    static CachePolicy named(String id, Parameters parameters) {
        return new DualBlockCache(id, parameters);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        int blocks = BlockSpan.chain(id(), model).blocks().size();
        if (front + back >= blocks) {
            throw new UnsupportedPolicyException(id() + " with front_blocks " + front + " and back_blocks " + back
                    + " needs more than " + (front + back) + " transformer blocks, found " + blocks);
        }
        if (parameters.get(THRESHOLD) == 0 && !isStatic()) {
            return ComputeAlways.forThresholdZero(Subject.BLOCKS);
        }
        BlockSpan probe = BlockSpan.hiddenStates(id(), model, 0, front);
        BlockSpan middle = BlockSpan.between(id(), model, front, blocks - back);
        return FrontBlockGate.bind(
                probe,
                middle,
                Forecasts.copies(forecast, order),
                () -> new State(new FrontBlockGate(
                        probe, BlockResidual.forecast(middle, forecast, order), parameters.get(PROBE_STRIDE))));
    }

    private final class State implements PolicyState {
        private final FrontBlockGate gate;
        private DualBlockRules rules = new DualBlockRules(id(), parameters);
        private int start;

        State(FrontBlockGate gate) {
            this.gate = gate;
        }

        @Override
        public void before(DenoisingStep step) {
            boolean refreshed = refresh(step);
            Reason missing = gate.probe(step);
            if (missing != null) {
                decide(step, true, refreshed ? Reason.REFRESH : missing);
                return;
            }
            Indicator.Verdict verdict = rules.judge(step, step.index() - start, () -> gate.difference(step));
            decide(step, verdict.compute(), verdict.reason());
        }

        /** Whether this step is as the first one. */
        private boolean refresh(DenoisingStep step) {
            int last = step.index() < refresh ? 0 : repeats ? step.index() / refresh * refresh : refresh;
            if (last == start) {
                return false;
            }
            start = last;
            gate.forget(step.cache());
            rules = new DualBlockRules(id(), parameters);
            return true;
        }

        private void decide(DenoisingStep step, boolean compute, Reason reason) {
            if (compute) {
                rules.computed();
                gate.compute(step, reason);
            } else {
                rules.reused(step.index() - start);
                boolean one = Forecasts.copies(forecast, order) == 1;
                gate.reuse(step, one ? Decision.REUSE : Decision.PREDICT, reason);
            }
        }

        @Override
        public void after(DenoisingStep step) {
            gate.after(step);
        }
    }
}
