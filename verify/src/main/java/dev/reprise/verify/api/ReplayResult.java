package dev.reprise.verify.api;

import com.google.common.collect.ImmutableSortedSet;
import dev.reprise.runtime.api.StepTrace;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the replay of one policy went.
 *
 * @param replayed what was replayed
 * @param verdict what to conclude
 * @param errors how far the outputs are from the recorded ones, null when it did not run to its end
 * @param quality how far they are from the outputs recorded without a policy, null when it did not run to its end
 * @param budget limits, and whether they are kept
 * @param plane a part of the outputs of the worst step
 * @param trace what every step did
 * @param mismatches decisions that differ from the recording, in the order of the steps
 * @param unjudged modules recorded as skipped that are not located here: whether they ran cannot be told
 * @param computedShare share of the multiply-adds that was computed
 * @param vacuous whether a policy reused and predicted nothing, so that this says no more than the run without one
 * @param reason why it is unsupported or broke off, "" otherwise
 */
public record ReplayResult(
        Replayed replayed,
        Verdict verdict,
        @Nullable OutputErrors errors,
        @Nullable OutputErrors quality,
        List<BudgetCheck> budget,
        Optional<OutputPlane> plane,
        List<StepTrace> trace,
        List<Mismatch> mismatches,
        Set<String> unjudged,
        double computedShare,
        boolean vacuous,
        String reason) {

    public ReplayResult {
        budget = List.copyOf(budget);
        trace = List.copyOf(trace);
        mismatches = List.copyOf(mismatches);
        unjudged = ImmutableSortedSet.copyOf(unjudged);
    }

    /** It did not run to its end. */
    public static ReplayResult without(Replayed replayed, Verdict verdict, String reason) {
        return new ReplayResult(
                replayed,
                verdict,
                null,
                null,
                List.of(),
                Optional.empty(),
                List.of(),
                List.of(),
                Set.of(),
                Double.NaN,
                false,
                reason);
    }

    public static Verdict verdict(OutputErrors errors, boolean decidesAlike, double tolerance) {
        if (!errors.isFinite()) {
            return Verdict.BROKEN;
        }
        if (!decidesAlike || errors.worst() > tolerance) {
            return Verdict.DRIFT;
        }
        return errors.sameBits() ? Verdict.SAME_BITS : Verdict.WITHIN;
    }

    /** Whether a limit of its budget is exceeded. */
    public boolean exceedsBudget() {
        return budget.stream().anyMatch(BudgetCheck::isExceeded);
    }

    public String name() {
        return replayed.name();
    }

    /** Whether there is anything to compare. */
    public boolean ran() {
        return errors != null;
    }

    /** Whether it ran, and is not the recorded run. */
    public boolean differs() {
        return verdict.isRegression() && ran();
    }

    /** Whether it broke off. */
    public boolean failed() {
        return verdict == Verdict.BROKEN && !ran();
    }

    /** The word of the JSON field {@code status}. */
    public String status() {
        if (verdict.passes()) {
            return "passed";
        }
        return verdict == Verdict.UNSUPPORTED ? "unsupported" : failed() ? "failed" : "differs";
    }

    /** {@code pab: unsupported: no attention modules}. */
    public String described() {
        return name() + ": " + status() + ": " + reason;
    }
}
