package dev.reprise.cli.verify;

import dev.reprise.cli.command.CommandException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * All replays of a recording on a model.
 *
 * @param model what was replayed on
 * @param recording the recording's folder
 * @param tolerance largest error that passes
 * @param attentionDifferences where the model's attention modules are not what the recording calls them
 * @param results one for each policy
 * @param cause why they are not the recorded run
 */
record Verification(
        Path model,
        Path recording,
        double tolerance,
        List<String> attentionDifferences,
        List<ReplayResult> results,
        Cause cause) {
    Verification {
        attentionDifferences = List.copyOf(attentionDifferences);
        results = List.copyOf(results);
    }

    /**
     * Drift is worse than what cannot be replayed; and what cannot be replayed never passes.
     *
     * @param named whether the policies were named: then each must run
     * @param strict whether a policy that reused nothing fails
     * @throws CommandException unless all is well
     */
    void requirePassed(boolean named, boolean strict) {
        List<String> differ = results.stream()
                .filter(result -> result.verdict().isRegression() && !result.failed())
                .map(ReplayResult::name)
                .toList();
        if (!differ.isEmpty()) {
            throw CommandException.regression(differ.size() + " of " + results.size()
                    + " replays differ from the recording: " + String.join(", ", differ));
        }
        Optional<ReplayResult> failed = first(ReplayResult::failed);
        if (failed.isPresent()) {
            throw CommandException.failed(failed.get().described());
        }
        Optional<ReplayResult> unsupported = first(result -> result.verdict() == Verdict.UNSUPPORTED);
        if (unsupported.isPresent() && (named || results.stream().noneMatch(ReplayResult::ran))) {
            throw CommandException.invalid(unsupported.get().described());
        }
        List<String> vacuous = results.stream()
                .filter(ReplayResult::vacuous)
                .map(ReplayResult::name)
                .toList();
        if (strict && !vacuous.isEmpty()) {
            throw CommandException.regression(vacuous.size() + " of " + results.size() + " replays reused nothing: "
                    + String.join(", ", vacuous));
        }
    }

    private Optional<ReplayResult> first(Predicate<ReplayResult> which) {
        return results.stream().filter(which).findFirst();
    }
}
