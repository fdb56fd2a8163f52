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
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.reuse.QuadraticSteps;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.UNet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * DeepCache: what a UNet computes deep inside changes little from step to step.
 *
 * <pre>
 *   conv_in ─────────── skip ──────────▶ layer ─▶ conv_out          computed at every step
 *     └▶ down blocks ─▶ mid ─▶ up blocks ─▶ ┘ entering              computed at every cache_interval-th step
 * </pre>
 *
 * <p>Between the computed steps the tensor that enters one layer of an up block is that of the last computed step; the layer joins it to
 * the fresh skip connection. [batch, channels, height, width]. {@code cache_branch_id} says which layer: 3 · block + layer, both
 * counted from the output; a layer beyond the block's last one counts as that.
 *
 * <p>Computed steps: {@code uniform}, every {@code cache_interval}-th from the first one; {@code quad}, as many of them, and closer to
 * one another around the step {@code center} (the published code calls this non-uniform).
 */
public final class DeepCache implements CachePolicy {
    /** Layers that a block counts in {@code cache_branch_id}, however many it has. */
    private static final int LAYERS = 3;

    /** Which steps compute everything. */
    public enum SkipMode {
        UNIFORM,
        QUAD
    }

    public static final Parameter<Integer> CACHE_INTERVAL = Parameter.of(
            "cache_interval", ParameterType.integer(1), 3, "steps", "Compute everything every so many steps");
    public static final Parameter<Integer> CACHE_BRANCH_ID = Parameter.of(
            "cache_branch_id",
            ParameterType.integer(0),
            0,
            "",
            "Compute up to this skip connection at every step: 3 × block + layer, from the output");
    public static final Parameter<SkipMode> SKIP_MODE = Parameter.of(
            "skip_mode",
            ParameterType.choice(List.of(SkipMode.values())),
            SkipMode.UNIFORM,
            "",
            "Whether computed steps are equally far apart, or closer around a center");
    public static final Parameter<Integer> CENTER = Parameter.optional(
            "center", ParameterType.integer(0), "steps", "quad: the step around which they are close");
    public static final Parameter<Double> POW =
            Parameter.of("pow", ParameterType.number(1, 100), 1.2, "", "quad: how much closer they are there");

    public static final PolicyType TYPE = new PolicyType(
            "deep_cache",
            List.of("deepcache"),
            "Compute only the shallow layers of a UNet at most steps",
            "https://arxiv.org/abs/2312.00858",
            List.of(CACHE_INTERVAL, CACHE_BRANCH_ID, SKIP_MODE, CENTER, POW),
            DeepCache::new);

    private final int interval;
    private final int branch;
    private final SkipMode mode;
    private final int center;
    private final double pow;

    private DeepCache(Parameters parameters) {
        interval = parameters.get(CACHE_INTERVAL);
        branch = parameters.get(CACHE_BRANCH_ID);
        mode = parameters.get(SKIP_MODE);
        center = parameters.find(CENTER).orElse(0);
        pow = parameters.get(POW);
        if (mode == SkipMode.QUAD && parameters.find(CENTER).isEmpty()) {
            throw new InvalidPolicyException(id() + ": center must be set with skip_mode quad");
        }
    }

    /** The {@code cache_branch_id} of a skip connection; more than three layers of a block share that of the third. */
    public static int branch(UNet.Skip skip) {
        return LAYERS * skip.block() + Math.min(skip.layer(), LAYERS - 1);
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
        UNet unet = model.unet();
        if (unet == null) {
            throw new UnsupportedPolicyException(id()
                    + " needs a UNet: skip connections from the way down to the way up. None was found in this model");
        }
        UNet.Skip skip = unet.skip(branch / LAYERS, branch % LAYERS)
                .orElseThrow(() -> new UnsupportedPolicyException(id() + ": cache_branch_id must be below "
                        + LAYERS * unet.blocks() + " (" + LAYERS + " × " + unet.blocks()
                        + " up blocks of this model), was "
                        + branch));
        String entering = skip.entering();
        return new BoundPolicy(
                Set.of(entering), Set.of(), BoundPolicy.copies(1, List.of(entering)), () -> new State(entering));
    }

    private final class State implements PolicyState {
        private final String entering;
        private int first = -1;
        private @Nullable Set<Integer> computed;
        private boolean computing;

        State(String entering) {
            this.entering = entering;
        }

        @Override
        public void before(DenoisingStep step) {
            first = first < 0 ? step.index() : first;
            Tensor kept = step.cache().get(entering);
            boolean due = isDue(step);
            computing = due || kept == null;
            if (due || kept == null) {
                step.cache().remove(entering);
                step.observe(entering);
                Reason missing = step.cache().missing(List.of(entering));
                step.decide(Subject.BLOCKS, Decision.COMPUTE, due && step.index() > first ? Reason.INTERVAL : missing);
            } else {
                step.provide(entering, kept);
                step.decide(Subject.BLOCKS, Decision.REUSE, Reason.INTERVAL);
            }
        }

        private boolean isDue(DenoisingStep step) {
            int index = step.index() - first;
            if (mode == SkipMode.UNIFORM) {
                return index % interval == 0;
            }
            if (computed == null) {
                int count = step.count()
                        .orElseThrow(() -> new UnsupportedPolicyException(
                                id() + ": skip_mode quad needs the number of denoising steps, which was not given"));
                computed = QuadraticSteps.of(count, interval, center, pow)
                        .orElseThrow(() -> new UnsupportedPolicyException(id() + ": no pow from " + pow
                                + " down to 1 spreads the computed steps of " + count + " around center " + center
                                + "; give a smaller center or a larger cache_interval"));
            }
            return index < 0 || computed.contains(index);
        }

        @Override
        public void after(DenoisingStep step) {
            Tensor tensor = computing ? step.computed(entering) : null;
            if (tensor != null) {
                step.cache().put(entering, tensor);
            }
        }
    }
}
