package dev.reprise.cache.reuse;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.Cache;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.math.Tensor;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Front blocks that always run, and blocks behind them that may be skipped. What the front blocks add to the hidden states is the
 * probe, {@code p_t = h^F_t − x_t} [batch, tokens, channels]; the probe of the last computed step is the anchor. When to skip is for
 * the policy to say. State of one context.
 */
public final class FrontBlockGate {
    private final BlockSpan front;
    private final BlockResidual skipped;
    private final int probeStride;
    private final Anchor anchor = new Anchor();
    private @Nullable Tensor probe;

    /**
     * @param front the blocks that probe
     * @param skipped what the blocks behind them add
     * @param probeStride compare every n-th channel only
     */
    public FrontBlockGate(BlockSpan front, BlockResidual skipped, int probeStride) {
        this.front = front;
        this.skipped = skipped;
        this.probeStride = probeStride;
    }

    /**
     * A policy of this kind.
     *
     * @param copies how many residuals it keeps of each stream
     */
    public static BoundPolicy bind(BlockSpan front, BlockSpan skipped, int copies, Supplier<PolicyState> state) {
        Set<String> watches = new LinkedHashSet<>(front.entering());
        watches.addAll(skipped.entering());
        Map<String, Integer> keeps = skipped.keeps(copies);
        keeps.put(front.leavingHidden(), 1);
        return new BoundPolicy(skipped.provides(), watches, keeps, state);
    }

    /**
     * Runs the front blocks and takes the probe.
     *
     * @return why nothing can be reused, null when it can
     */
    public @Nullable Reason probe(DenoisingStep step) {
        front.observeEntering(step);
        skipped.observeEntering(step);
        probe = step.math().subtract(step.pull(front.leavingHidden()), front.pullEnteringHidden(step), probeStride);
        if (anchor.overBudget(step.cache())) {
            return Reason.BUDGET;
        }
        return anchor.ready(step.cache()) && skipped.ready(step.cache()) ? null : skipped.missing(step.cache());
    }

    /** {@code D = ‖p_a − p_t‖ / ‖p_a‖}, NaN where both are zero. Only when the probe found something to reuse. */
    public float difference(DenoisingStep step) {
        if (probe == null) {
            throw new IllegalStateException("there is no probe to compare");
        }
        return anchor.difference(step, probe);
    }

    /** Skips the blocks behind the front; the anchor stays. */
    public void reuse(DenoisingStep step, Decision decision, Reason reason) {
        probe = null;
        skipped.skip(step);
        step.decide(Subject.BLOCKS, decision, reason);
    }

    /** Lets them run; this step's probe becomes the anchor. */
    public void compute(DenoisingStep step, Reason reason) {
        skipped.observe(step);
        step.decide(Subject.BLOCKS, Decision.COMPUTE, reason);
    }

    /** Drops what it keeps. */
    public void forget(Cache cache) {
        skipped.forget(cache);
        anchor.forget(cache);
    }

    /** Keeps what was computed. */
    public void after(DenoisingStep step) {
        if (probe == null) {
            return;
        }
        if (skipped.keep(step)) {
            anchor.keep(step, probe);
        } else {
            anchor.forget(step.cache());
        }
        probe = null;
    }
}
