package dev.reprise.cache.reuse;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import java.util.Map;
import java.util.Set;

/**
 * State of a policy whose settings never skip anything. It watches no tensor, so that the runtime need not cut the model for it: every bit of
 * the result is that of no cache.
 *
 * @param subject what the policy decides about
 * @param reason why it computes
 */
public record ComputeAlways(Subject subject, Reason reason) implements PolicyState {

    /** For a threshold of 0, which no difference is below. */
    public static BoundPolicy forThresholdZero(Subject subject) {
        return new ComputeAlways(subject, new Reason("THRESHOLD", "0")).bound();
    }

    public BoundPolicy bound() {
        return new BoundPolicy(Set.of(), Set.of(), Map.of(), () -> this);
    }

    @Override
    public void before(DenoisingStep step) {
        step.decide(subject, Decision.COMPUTE, reason);
    }

    @Override
    public void after(DenoisingStep step) {}
}
