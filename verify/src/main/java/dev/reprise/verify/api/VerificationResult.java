package dev.reprise.verify.api;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a verification found.
 *
 * @param recordings one for each recording
 * @param failure why it did not pass, empty when it did
 * @param report the same for the formats of reports
 * @param unwritten files that could not be written, in words
 * @param part where the part of the model with the first difference was written, where somebody asked for it and there is one
 */
public record VerificationResult(
        List<RecordingResult> recordings,
        Optional<Failure> failure,
        GateReport report,
        List<String> unwritten,
        Optional<Path> part) {
    public VerificationResult {
        recordings = List.copyOf(recordings);
        unwritten = List.copyOf(unwritten);
    }

    /** The same after files were written. */
    public VerificationResult with(List<String> problems, @Nullable Path written) {
        return new VerificationResult(recordings, failure, report, problems, Optional.ofNullable(written));
    }

    /**
     * Why a verification did not pass.
     *
     * @param kind what went wrong
     * @param text in one line: {@code 1 of 3 replays differ from the recording: fbc}
     */
    public record Failure(Kind kind, String text) {
        /** What went wrong. */
        public enum Kind {
            /** A replay ran, and is not as it should be: other outputs or decisions, a budget, nothing reused. */
            REGRESSION,
            /** A replay broke off. */
            BROKEN_OFF,
            /** This version or this model cannot run what was asked for. */
            UNSUPPORTED
        }
    }

    /**
     * What became of the part of the model with the first difference.
     *
     * @param wanted where somebody asked for it
     */
    public String describePart(Path wanted) {
        return part.map(folder -> "first difference written to " + folder)
                .orElse("no part written to " + wanted
                        + ": no value of the run without a policy is known to have drifted");
    }

    public boolean passed() {
        return failure.isEmpty();
    }

    /** The verdict in words: a line for the whole, then what there is to say about every replay that failed. */
    public String describe() {
        StringBuilder text = new StringBuilder(failure.map(Failure::text).orElseGet(report::headline));
        for (GateReport.Entry entry : report.entries()) {
            if (entry.fails()) {
                entry.lines()
                        .forEach(line -> text.append("\n  ")
                                .append(entry.policy())
                                .append(": ")
                                .append(line));
            }
        }
        return text.toString();
    }
}
