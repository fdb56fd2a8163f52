package dev.reprise.cli.verify;

import dev.reprise.cli.command.CommandException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What follows from the replays of all recordings.
 *
 * @param verifications one for each recording
 * @param named whether the policies were named: then each must run
 * @param strict whether a policy that reused nothing fails
 */
record Conclusion(List<Verification> verifications, boolean named, boolean strict) {
    Conclusion {
        verifications = List.copyOf(verifications);
    }

    /**
     * Drift is worse than what cannot be replayed; and what cannot be replayed never passes.
     *
     * @throws CommandException unless all is well
     */
    void requirePassed() {
        List<String> failed = described(ReplayResult::failed);
        require(ReplayResult::differs, "differ from the recording");
        if (!failed.isEmpty()) {
            throw CommandException.failed(failed.get(0));
        }
        require(ReplayResult::exceedsBudget, "exceed their budget");
        List<String> unsupported = described(result -> result.verdict() == Verdict.UNSUPPORTED);
        boolean nothingRan = verifications.stream()
                .anyMatch(verification -> verification.results().stream().noneMatch(ReplayResult::ran));
        if (!unsupported.isEmpty() && (named || nothingRan)) {
            throw CommandException.invalid(unsupported.get(0));
        }
        if (strict) {
            require(ReplayResult::vacuous, "reused nothing");
        }
    }

    /** Whether a replay keeps the whole from passing. */
    boolean fails(ReplayResult result) {
        return result.verdict().isRegression()
                || result.exceedsBudget()
                || (strict && result.vacuous())
                || (named && result.verdict() == Verdict.UNSUPPORTED);
    }

    private void require(Predicate<ReplayResult> wrong, String what) {
        List<String> names = new ArrayList<>();
        int all = 0;
        for (Verification verification : verifications) {
            all += verification.results().size();
            verification.results().stream().filter(wrong).forEach(result -> names.add(label(verification, result)));
        }
        if (!names.isEmpty()) {
            throw CommandException.regression(
                    names.size() + " of " + all + " replays " + what + ": " + String.join(", ", names));
        }
    }

    private List<String> described(Predicate<ReplayResult> which) {
        return verifications.stream()
                .flatMap(verification -> verification.results().stream())
                .filter(which)
                .map(ReplayResult::described)
                .toList();
    }

    /** {@code fbc}; with its recording where there are several. */
    String label(Verification verification, ReplayResult result) {
        return verifications.size() == 1
                ? result.name()
                : verification.recording().getFileName() + "/" + result.name();
    }
}
