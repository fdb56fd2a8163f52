package dev.reprise.cli.verify;

import dev.reprise.cache.Decision;
import dev.reprise.cache.Subject;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import dev.reprise.runtime.StepTrace;
import dev.reprise.runtime.TracedDecision;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Compares what ran with what a recording says: every module recorded as skipped must not have run, and nothing that was
 * computed there may have been reused or predicted here. A module may also not run because nobody needs its output or because
 * it cannot have changed; that is no mismatch.
 */
final class DecisionCheck {
    private final Manifest manifest;
    private final RecordedPolicy recorded;
    private final Set<String> judged = new HashSet<>();

    DecisionCheck(Manifest manifest, RecordedPolicy recorded) {
        this.manifest = manifest;
        this.recorded = recorded;
        recorded.skipped().forEach(judged::addAll);
        manifest.modules().stream()
                .filter(module -> module.kind().isAttention())
                .map(Module::path)
                .forEach(judged::add);
    }

    /** In words, in the order of the steps. */
    List<String> mismatches(List<StepTrace> trace) {
        List<String> mismatches = new ArrayList<>();
        for (int step = 0; step < recorded.skipped().size(); step++) {
            Set<String> skipped = new HashSet<>(recorded.skipped().get(step));
            StepTrace traced = trace.get(step);
            for (String path : recorded.skipped().get(step)) {
                Optional<Module> module = manifest.module(path);
                if (module.isEmpty()) {
                    mismatches.add("step " + step + ": " + path + " was skipped, but is not located in this model");
                } else if (traced.ran(module.get())) {
                    mismatches.add("step " + step + ": " + path + " ran, recorded as skipped" + reason(traced, path));
                }
            }
            for (TracedDecision decision : traced.decisions()) {
                if (decision.decision() != Decision.COMPUTE && wasComputed(decision.subject(), skipped)) {
                    mismatches.add("step " + step + ": " + decision + ", recorded as computed");
                }
            }
        }
        return mismatches;
    }

    private boolean wasComputed(String subject, Set<String> skipped) {
        if (subject.equals(Subject.BLOCKS) || subject.equals(Subject.MODEL)) {
            // Where nothing is located nothing can be recorded as skipped.
            return skipped.isEmpty() && !manifest.modules().isEmpty();
        }
        return judged.contains(subject) && !skipped.contains(subject);
    }

    private static String reason(StepTrace traced, String path) {
        for (TracedDecision decision : traced.decisions()) {
            if (decision.subject().equals(path)
                    || decision.subject().equals(Subject.BLOCKS)
                    || decision.subject().equals(Subject.MODEL)) {
                return " (" + decision + ")";
            }
        }
        return "";
    }
}
