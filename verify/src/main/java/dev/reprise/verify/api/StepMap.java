package dev.reprise.verify.api;

import java.util.ArrayList;
import java.util.List;

/**
 * What happened to every module at every denoising step of one generation.
 *
 * @param modules module paths, in execution order
 * @param computed share of the multiply-adds that each step computed, 0..1
 * @param cells one list per module, with one cell per step
 */
public record StepMap(List<String> modules, List<Double> computed, List<List<Cell>> cells) {
    /** Of a model that was not cut: nothing in it is known. */
    public static final StepMap NONE = new StepMap(List.of(), List.of(), List.of());

    public StepMap {
        modules = List.copyOf(modules);
        computed = List.copyOf(computed);
        List<List<Cell>> copy = new ArrayList<>();
        for (List<Cell> row : cells) {
            if (row.size() != computed.size()) {
                throw new IllegalArgumentException(
                        "every module needs " + computed.size() + " cells, found " + row.size());
            }
            copy.add(List.copyOf(row));
        }
        cells = List.copyOf(copy);
        if (cells.size() != modules.size()) {
            throw new IllegalArgumentException(
                    "expected cells for " + modules.size() + " modules, found " + cells.size());
        }
    }

    /** Whether there is nothing to see. */
    public boolean isAllComputed() {
        return cells.stream().allMatch(row -> row.stream().allMatch(cell -> cell.state() == State.COMPUTED));
    }

    public int steps() {
        return computed.size();
    }

    /** What happened to a module at a step. */
    public enum State {
        COMPUTED("c", "computed"),
        /** Computed for the conditional half of the batch only. */
        HALF("h", "computed for half of the batch"),
        REUSED("r", "reused"),
        PREDICTED("p", "predicted"),
        /** Nobody needed it: what it feeds was reused, predicted or known already. */
        IDLE("i", "not needed");

        private final String style;
        private final String words;

        State(String style, String words) {
            this.style = style;
            this.words = words;
        }

        /** Its class in the style sheet. */
        public String style() {
            return style;
        }

        public String words() {
            return words;
        }
    }

    /**
     * One module at one step.
     *
     * @param state what happened
     * @param reason why, as in the trace; empty where nobody decided about this module
     */
    public record Cell(State state, String reason) {}
}
