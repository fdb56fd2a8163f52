package dev.reprise.verify.api;

import java.util.List;
import java.util.Optional;

/**
 * What a verification found.
 *
 * @param recordings one for each recording
 * @param failure why it did not pass, empty when it did
 * @param report the same for the formats of reports
 * @param unwritten reports that could not be written, in words
 */
public record VerificationResult(
        List<RecordingResult> recordings, Optional<Failure> failure, GateReport report, List<String> unwritten) {
    public VerificationResult {
        recordings = List.copyOf(recordings);
        unwritten = List.copyOf(unwritten);
    }

    /** The same with reports that could not be written. */
    public VerificationResult withUnwritten(List<String> problems) {
        return new VerificationResult(recordings, failure, report, problems);
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
