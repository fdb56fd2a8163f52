package dev.reprise.verify.replay;

import dev.reprise.cache.Decision;
import dev.reprise.cache.Subject;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.TracedDecision;
import dev.reprise.verify.api.Mismatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares what ran with what a recording says: every module recorded as skipped must not have run, and nothing that was
 * computed there may have been reused or predicted here. A module may also not run because nobody needs its output or because
 * it cannot have changed; that is no mismatch.
 */
final class DecisionCheck {
    private final Manifest manifest;
    private final RecordedPolicy recorded;
    private final Set<String> judged = new HashSet<>();
    private final List<Mismatch> mismatches = new ArrayList<>();

    DecisionCheck(Manifest manifest, RecordedPolicy recorded) {
        this.manifest = manifest;
        this.recorded = recorded;
        // A module that is never recorded as skipped may have layers that the reference runs outside it: it cannot be
        // judged.
        recorded.skipped().forEach(judged::addAll);
    }

    /** Checks the next step. */
    void add(StepTrace traced) {
        int step = traced.step();
        Set<String> skipped = new LinkedHashSet<>(recorded.skipped().get(step));
        for (String path : skipped) {
            Optional<Module> module = around(path);
            if (module.isPresent() && traced.ran(module.get())) {
                mismatches.add(new Mismatch(step, path, "ran, recorded as skipped", reason(traced, path)));
            }
        }
        for (TracedDecision decision : traced.decisions()) {
            if (decision.decision() != Decision.COMPUTE && wasComputed(decision.subject(), skipped)) {
                mismatches.add(new Mismatch(
                        step,
                        decision.subject(),
                        decision.decision() + ", recorded as computed",
                        decision.reason().toString()));
            }
        }
    }

    /** What differs, in the order of the steps. */
    List<Mismatch> mismatches() {
        return List.copyOf(mismatches);
    }

    /** Modules recorded as skipped that this model does not have, so that nothing can be said about them. */
    Set<String> unjudged() {
        Set<String> unjudged = new TreeSet<>();
        recorded.skipped()
                .forEach(paths ->
                        paths.stream().filter(path -> around(path).isEmpty()).forEach(unjudged::add));
        return unjudged;
    }

    /**
     * The located module at a path, or the smallest located one around it: an expert inside a feed-forward module cannot run when
     * that does not. A block around it says nothing, for it runs without a module that the export left out because nobody needs
     * what it computes; then the answer is empty.
     */
    private Optional<Module> around(String path) {
        for (ModulePath at = ModulePath.of(path); !at.isRoot(); at = at.parent()) {
            Optional<Module> module = manifest.module(at.dotted());
            if (module.isPresent()) {
                boolean tells = at.dotted().equals(path) || module.get().kind() != ModuleKind.TRANSFORMER_BLOCK;
                return tells ? module : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private boolean wasComputed(String subject, Set<String> skipped) {
        if (Subject.BLOCKS.is(subject) || Subject.MODEL.is(subject)) {
            // Where nothing is located nothing can be recorded as skipped.
            return skipped.isEmpty() && !manifest.modules().isEmpty();
        }
        return judged.contains(subject) && !skipped.contains(subject);
    }

    private static String reason(StepTrace traced, String path) {
        for (TracedDecision decision : traced.decisions()) {
            if (decision.subject().equals(path)
                    || Subject.BLOCKS.is(decision.subject())
                    || Subject.MODEL.is(decision.subject())) {
                return decision.toString();
            }
        }
        return "";
    }
}
