package dev.reprise.cli.freeze;

import dev.reprise.cache.Decision;
import dev.reprise.cache.Subject;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.TracedDecision;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns the decisions of one generation into a step mask, step by step. */
final class MaskBuilder {
    /** A step that computed a smaller share of the multiply-adds than this was skipped as a whole. */
    private static final double NEXT_TO_NOTHING = 0.01;

    private final String policy;
    private final Manifest manifest;
    private final StringBuilder mask = new StringBuilder();
    private boolean skipsOutput;

    /**
     * An empty mask.
     *
     * @param policy the policy's label, for messages
     */
    MaskBuilder(String policy, Manifest manifest) {
        this.policy = policy;
        this.manifest = manifest;
    }

    /**
     * Adds the next step.
     *
     * @throws UnsupportedPolicyException when something smaller than all blocks was skipped
     */
    void add(StepTrace step) {
        TracedDecision skipped = skipped(step);
        mask.append(skipped == null ? '1' : '0');
        skipsOutput |= skipped != null && !Subject.BLOCKS.is(skipped.subject());
    }

    /** Whether every step so far was computed. */
    boolean skipsNothing() {
        return mask.indexOf("0") < 0;
    }

    /** The mask as a policy. */
    PolicyChoice stepMask() {
        return PolicyChoice.of(
                "step_mask",
                "step_mask",
                Json.object().put("mask", mask.toString()).put("skip", skipsOutput ? "output" : "blocks"),
                List.of());
    }

    /** The decision that skipped all blocks or the whole model, null where the step was computed. */
    private @Nullable TracedDecision skipped(StepTrace step) {
        if (step.computedShare() < NEXT_TO_NOTHING) {
            // Whatever it was decided about: the model did not run.
            return step.decisions().stream()
                    .filter(decision -> decision.decision() != Decision.COMPUTE)
                    .filter(decision -> !Subject.BLOCKS.is(decision.subject()))
                    .findFirst()
                    .orElse(null);
        }
        TracedDecision whole = null;
        for (TracedDecision decision : step.decisions()) {
            if (decision.decision() == Decision.COMPUTE) {
                continue;
            }
            if (!isWhole(decision.subject())) {
                throw new UnsupportedPolicyException(policy + " skipped " + decision.subject() + " alone at step "
                        + step.step() + "; a mask needs a policy that decides about all blocks or the whole model");
            }
            whole = decision;
        }
        return whole;
    }

    private boolean isWhole(String subject) {
        return Subject.BLOCKS.is(subject)
                || Subject.MODEL.is(subject)
                || manifest.module(subject)
                        .map(Module::kind)
                        .filter(kind -> kind == ModuleKind.FINAL_PROJECTION)
                        .isPresent();
    }
}
