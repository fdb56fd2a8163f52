package dev.reprise.cli.verify;

import com.google.common.collect.ImmutableSortedSet;
import java.util.List;
import java.util.Set;

/**
 * How the replay of one policy went.
 *
 * @param name its name in the recording
 * @param policy its kind
 * @param status what to conclude
 * @param relativeError largest error of a step: largest absolute difference / largest absolute reference value
 * @param worstStep the step of the largest error
 * @param mismatches decisions that differ from the recording, in words
 * @param unjudged modules recorded as skipped that are not located here: whether they ran cannot be told
 * @param computedShare share of the multiply-adds that was computed
 * @param reason why it is unsupported or failed, "" otherwise
 */
record ReplayResult(
        String name,
        String policy,
        Status status,
        double relativeError,
        int worstStep,
        List<String> mismatches,
        Set<String> unjudged,
        double computedShare,
        String reason) {

    enum Status {
        PASSED,
        DIFFERS,
        /** This build or model cannot run it: not passed, and no drift either. */
        UNSUPPORTED,
        /** It broke off. */
        FAILED
    }

    ReplayResult {
        mismatches = List.copyOf(mismatches);
        unjudged = ImmutableSortedSet.copyOf(unjudged);
    }

    /** Whether there is anything to compare. */
    boolean ran() {
        return status == Status.PASSED || status == Status.DIFFERS;
    }

    static ReplayResult without(Status status, String name, String policy, String reason) {
        return new ReplayResult(name, policy, status, Double.NaN, -1, List.of(), Set.of(), Double.NaN, reason);
    }
}
