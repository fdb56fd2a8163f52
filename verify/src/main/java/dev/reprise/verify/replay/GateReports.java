package dev.reprise.verify.replay;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.recording.Origin;
import dev.reprise.graph.recording.Recording;
import dev.reprise.verify.api.Cause;
import dev.reprise.verify.api.GateReport;
import dev.reprise.verify.api.GateReport.Entry;
import dev.reprise.verify.api.GateReport.Outcome;
import dev.reprise.verify.api.Mismatch;
import dev.reprise.verify.api.OutputErrors;
import dev.reprise.verify.api.RecordingResult;
import dev.reprise.verify.api.ReplayResult;
import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.api.Verdict;
import dev.reprise.verify.report.TraceMap;
import dev.reprise.verify.text.Units;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns replays into what reports show. */
final class GateReports {
    /** A step map with more columns than this is a grey bar. */
    private static final int MOST_MAPPED_STEPS = 200;

    private GateReports() {}

    /** @param now this process */
    static GateReport of(Conclusion conclusion, Manifest manifest, Origin now) {
        Map<String, String> facts = new LinkedHashMap<>();
        RecordingResult first = conclusion.verifications().get(0);
        facts.put("tolerance", Units.error(first.tolerance()));
        facts.put("reprise", now.reprise());
        facts.put("ONNX Runtime", now.onnxRuntime());
        facts.put("provider", now.provider() + ", " + Units.count(now.threads(), "thread"));
        facts.put("system", now.system());
        facts.put("date", now.created());
        List<Entry> entries = new ArrayList<>();
        for (RecordingResult verification : conclusion.verifications()) {
            for (ReplayResult result : verification.results()) {
                entries.add(entry(conclusion, verification, result, manifest));
            }
        }
        return new GateReport(first.model().toString(), facts, entries);
    }

    private static Entry entry(
            Conclusion conclusion, RecordingResult verification, ReplayResult result, Manifest manifest) {
        Cause cause = verification.cause();
        List<String> lines =
                new ArrayList<>(ResultLines.of(result, verification.tolerance(), Mismatch.lines(result.mismatches())));
        boolean drifted = result.verdict().isRegression();
        if (drifted) {
            lines.addAll(cause.lines());
        }
        OutputErrors errors = result.errors();
        return new Entry(
                verification.recording().toString(),
                result.name(),
                outcome(conclusion, verification, result),
                rule(result),
                result.verdict().title() + (result.vacuous() ? ", vacuous" : ""),
                figures(result),
                lines,
                drifted ? cause.firstDrift().map(drift -> drift.module()) : Optional.empty(),
                errors == null ? List.of() : errors.steps(),
                verification.tolerance(),
                result.plane(),
                map(result, manifest));
    }

    private static Outcome outcome(Conclusion conclusion, RecordingResult verification, ReplayResult result) {
        if (result.failed()) {
            return Outcome.ERROR;
        }
        if (conclusion.fails(verification, result)) {
            return Outcome.FAILED;
        }
        return result.verdict() == Verdict.UNSUPPORTED ? Outcome.SKIPPED : Outcome.PASSED;
    }

    private static String rule(ReplayResult result) {
        return switch (result.verdict()) {
            case DRIFT -> "drift";
            case BROKEN -> "broken";
            case UNSUPPORTED -> "unsupported";
            case SAME_BITS, WITHIN -> result.exceedsBudget() ? "budget" : result.vacuous() ? "vacuous" : "";
        };
    }

    private static Map<String, String> figures(ReplayResult result) {
        Map<String, String> figures = new LinkedHashMap<>();
        OutputErrors errors = result.errors();
        OutputErrors quality = result.quality();
        if (errors == null || quality == null) {
            return figures;
        }
        figures.put("largest error", Units.error(errors.worst()));
        figures.put("at step", Integer.toString(errors.worstStep()));
        figures.put("other decisions", Integer.toString(result.mismatches().size()));
        figures.put("computed", Units.percent(result.computedShare()));
        if (!result.name().equals(Recording.UNCACHED)) {
            figures.put("PSNR to no cache", Units.decibel(quality.psnr()));
        }
        return figures;
    }

    private static Optional<StepMap> map(ReplayResult result, Manifest manifest) {
        boolean shows = !result.name().equals(Recording.UNCACHED)
                && !result.trace().isEmpty()
                && result.trace().size() <= MOST_MAPPED_STEPS
                && !manifest.modules().isEmpty();
        return shows ? Optional.of(TraceMap.of(manifest, result.trace())) : Optional.empty();
    }
}
