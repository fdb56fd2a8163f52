package dev.reprise.verify.replay;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.recording.Origin;
import dev.reprise.verify.api.RecordingResult;
import dev.reprise.verify.api.ReplayResult;
import dev.reprise.verify.api.Verdict;
import dev.reprise.verify.api.VerificationResult;
import dev.reprise.verify.api.VerificationResult.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What follows from the replays of all recordings.
 *
 * @param verifications one for each recording
 * @param named whether the policies were named: then each must run
 * @param strict whether a policy that shows nothing fails: it reused nothing, or cannot run
 */
public record Conclusion(List<RecordingResult> verifications, boolean named, boolean strict) {
    public Conclusion {
        verifications = List.copyOf(verifications);
    }

    /** @param now this process */
    public VerificationResult result(Manifest manifest, Origin now) {
        return new VerificationResult(
                verifications, failure(), GateReports.of(this, manifest, now), List.of(), Optional.empty());
    }

    /** Why all is not well. Drift is worse than what cannot be replayed; and what cannot be replayed never passes. */
    Optional<Failure> failure() {
        List<String> failed = described(ReplayResult::failed);
        List<String> unsupported = described(result -> result.verdict() == Verdict.UNSUPPORTED);
        boolean nothingRan = verifications.stream().anyMatch(Conclusion::nothingRan);
        return regression(ReplayResult::differs, "differ from the recording")
                .or(() -> failed.stream().findFirst().map(text -> new Failure(Failure.Kind.BROKEN_OFF, text)))
                .or(() -> regression(ReplayResult::exceedsBudget, "exceed their budget"))
                .or(() -> named || strict || nothingRan
                        ? unsupported.stream().findFirst().map(text -> new Failure(Failure.Kind.UNSUPPORTED, text))
                        : Optional.empty())
                .or(() -> strict ? regression(ReplayResult::vacuous, "reused nothing") : Optional.empty());
    }

    /** Whether a replay keeps the whole from passing. */
    boolean fails(RecordingResult verification, ReplayResult result) {
        return result.verdict().isRegression()
                || result.exceedsBudget()
                || (strict && result.vacuous())
                || (result.verdict() == Verdict.UNSUPPORTED && (named || strict || nothingRan(verification)));
    }

    private static boolean nothingRan(RecordingResult verification) {
        return verification.results().stream().noneMatch(ReplayResult::ran);
    }

    private Optional<Failure> regression(Predicate<ReplayResult> wrong, String what) {
        List<String> names = new ArrayList<>();
        int all = 0;
        for (RecordingResult verification : verifications) {
            all += verification.results().size();
            verification.results().stream().filter(wrong).forEach(result -> names.add(label(verification, result)));
        }
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of(new Failure(
                        Failure.Kind.REGRESSION,
                        names.size() + " of " + all + " replays " + what + ": " + String.join(", ", names)));
    }

    private List<String> described(Predicate<ReplayResult> which) {
        return verifications.stream()
                .flatMap(verification -> verification.results().stream())
                .filter(which)
                .map(ReplayResult::described)
                .toList();
    }

    /** {@code fbc}; with its recording where there are several. */
    String label(RecordingResult verification, ReplayResult result) {
        return verifications.size() == 1
                ? result.name()
                : verification.recording().getFileName() + "/" + result.name();
    }
}
