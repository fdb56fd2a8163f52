package dev.reprise.cli.verify;

import com.google.common.collect.ImmutableSortedSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * How the replay of one policy went.
 *
 * @param replayed what was replayed
 * @param status what to conclude
 * @param relativeError largest error of a step: largest absolute difference / largest absolute reference value
 * @param worstStep the step of the largest error
 * @param mismatches decisions that differ from the recording, in words
 * @param unjudged modules recorded as skipped that are not located here: whether they ran cannot be told
 * @param computedShare share of the multiply-adds that was computed
 * @param vacuous whether a policy reused and predicted nothing, so that this says no more than the run without one
 * @param reason why it is unsupported or failed, "" otherwise
 */
record ReplayResult(
        Replayed replayed,
        Status status,
        double relativeError,
        int worstStep,
        List<String> mismatches,
        Set<String> unjudged,
        double computedShare,
        boolean vacuous,
        String reason) {

    enum Status {
        PASSED,
        DIFFERS,
        /** This build or model cannot run it: not passed, and no drift either. */
        UNSUPPORTED,
        /** It broke off. */
        FAILED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    ReplayResult {
        mismatches = List.copyOf(mismatches);
        unjudged = ImmutableSortedSet.copyOf(unjudged);
    }

    String name() {
        return replayed.name();
    }

    /** Whether there is anything to compare. */
    boolean ran() {
        return status == Status.PASSED || status == Status.DIFFERS;
    }

    /** {@code pab: unsupported: no attention modules}. */
    String described() {
        return name() + ": " + status.word() + ": " + reason;
    }

    static ReplayResult without(Replayed replayed, Status status, String reason) {
        return new ReplayResult(replayed, status, Double.NaN, -1, List.of(), Set.of(), Double.NaN, false, reason);
    }
}
