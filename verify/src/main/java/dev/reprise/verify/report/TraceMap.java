package dev.reprise.verify.report;

import dev.reprise.cache.Decision;
import dev.reprise.cache.Subject;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.TracedDecision;
import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.api.StepMap.Cell;
import dev.reprise.verify.api.StepMap.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Turns the trace of one context into a {@link StepMap} of the modules inside the blocks. */
public final class TraceMap {
    private TraceMap() {}

    public static StepMap of(Manifest manifest, List<StepTrace> trace) {
        List<Module> modules = rows(manifest);
        List<List<Cell>> cells = new ArrayList<>();
        for (Module module : modules) {
            List<Cell> row = new ArrayList<>();
            trace.forEach(step -> row.add(cell(module, step)));
            cells.add(row);
        }
        return new StepMap(
                modules.stream().map(Module::path).toList(),
                trace.stream().map(StepTrace::computedShare).toList(),
                cells);
    }

    /** Attention and feed-forward; blocks where nothing was located in them. */
    private static List<Module> rows(Manifest manifest) {
        List<Module> inner = manifest.modules().stream()
                .filter(module -> module.kind().isAttention() || module.kind() == ModuleKind.FEED_FORWARD)
                .toList();
        return inner.isEmpty() ? manifest.modules() : inner;
    }

    private static Cell cell(Module module, StepTrace step) {
        Optional<TracedDecision> own = step.decisions().stream()
                .filter(decision -> decision.subject().equals(module.path()))
                .findFirst();
        if (step.ran(module)) {
            boolean half = step.decisions().stream()
                    .anyMatch(decision -> Subject.UNCONDITIONAL_BRANCH.is(decision.subject())
                            && decision.decision() != Decision.COMPUTE);
            return new Cell(
                    half ? State.HALF : State.COMPUTED,
                    own.or(() -> shared(step))
                            .map(decision -> decision.reason().toString())
                            .orElse(""));
        }
        return own.or(() -> replaced(step))
                .map(decision -> new Cell(
                        state(decision.decision()),
                        decision.subject().equals(module.path())
                                ? decision.reason().toString()
                                : decision.subject() + " " + decision.reason()))
                .orElse(new Cell(State.IDLE, "it cannot have changed"));
    }

    /** What was decided about everything. */
    private static Optional<TracedDecision> shared(StepTrace step) {
        return step.decisions().stream()
                .filter(decision -> Subject.BLOCKS.is(decision.subject()) || Subject.MODEL.is(decision.subject()))
                .findFirst();
    }

    /** What was provided instead, so that nobody needed the module. */
    private static Optional<TracedDecision> replaced(StepTrace step) {
        return step.decisions().stream()
                .filter(decision ->
                        decision.decision() != Decision.COMPUTE && !Subject.UNCONDITIONAL_BRANCH.is(decision.subject()))
                .findFirst();
    }

    private static State state(Decision decision) {
        return switch (decision) {
            case COMPUTE -> State.IDLE;
            case REUSE -> State.REUSED;
            case PREDICT -> State.PREDICTED;
        };
    }
}
