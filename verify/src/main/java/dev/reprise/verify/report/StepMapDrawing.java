package dev.reprise.verify.report;

import dev.reprise.graph.ModulePath;
import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.api.StepMap.Cell;
import java.util.ArrayList;
import java.util.List;

/**
 * Where things are in a drawing of a {@link StepMap}: steps to the right, modules downwards in execution order. {@code map.jte}
 * draws them.
 *
 * <pre>
 *            ▂▂▂▂ ▂▂ ▂▂      computed share of each step
 *   0 attn1  ■■□■□■□■
 *     attn2  ■■□□■□□■
 *   1 attn1  ■■□■□■□■
 * </pre>
 *
 * Neighbours in a column that share state and reason are one shape with one tooltip. Colours come from the page's style sheet.
 */
final class StepMapDrawing {
    static final int ROW = 11;
    static final int LEFT = 74;
    /** Lower end of the bars above the map. */
    static final int BARS = 26;

    private static final int BOTTOM = 25;
    private static final int WIDTH = 400;
    private static final int NARROWEST = 6;
    private static final int LABELLED = 5;

    /** Neighbours with one state and one reason, at one step. */
    record Shape(String style, int step, int row, int rows, String modules, String words) {}

    /** The name of a module; where a block begins, the name of the block, else an empty one. */
    record RowLabel(int row, String path, String block) {
        String name() {
            return shortened(path);
        }

        String blockName() {
            return shortened(block);
        }
    }

    private final StepMap map;
    private final double column;

    StepMapDrawing(StepMap map) {
        this.map = map;
        this.column = (end() - LEFT) / (double) Math.max(1, map.steps());
    }

    int width() {
        return Math.max(WIDTH, LEFT + map.steps() * NARROWEST);
    }

    int height() {
        return top(map.modules().size()) + BOTTOM;
    }

    /** Right end of the cells. */
    int end() {
        return width() - 6;
    }

    /** Width of a cell. */
    double column() {
        return column;
    }

    double left(int step) {
        return LEFT + step * column;
    }

    int top(int row) {
        return BARS + 6 + row * ROW;
    }

    List<Double> computed() {
        return map.computed();
    }

    /** Height of the bar of a step; none is too low to be seen. */
    double bar(double share) {
        return Math.max(1, share * (BARS - 4));
    }

    /** The steps that have a number. */
    List<Integer> labelledSteps() {
        List<Integer> steps = new ArrayList<>();
        for (int step = 0; step < map.steps(); step += LABELLED) {
            steps.add(step);
        }
        return steps;
    }

    List<Shape> shapes() {
        List<Shape> shapes = new ArrayList<>();
        int rows = map.modules().size();
        for (int step = 0; step < map.steps(); step++) {
            for (int from = 0; from < rows; ) {
                Cell cell = map.cells().get(from).get(step);
                int to = from + 1;
                while (to < rows && map.cells().get(to).get(step).equals(cell)) {
                    to++;
                }
                shapes.add(shape(cell, step, from, to));
                from = to;
            }
        }
        return shapes;
    }

    private Shape shape(Cell cell, int step, int from, int to) {
        List<String> paths = map.modules();
        String modules = to == from + 1
                ? paths.get(from)
                : paths.get(from) + " … " + paths.get(to - 1) + " (" + (to - from) + " modules)";
        String words = cell.state().words() + (cell.reason().isEmpty() ? "" : " · " + cell.reason());
        return new Shape(cell.state().style(), step, from, to - from, modules, words);
    }

    List<RowLabel> rowLabels() {
        List<RowLabel> labels = new ArrayList<>();
        String before = "";
        for (int row = 0; row < map.modules().size(); row++) {
            String path = map.modules().get(row);
            String block = ModulePath.of(path).parent().dotted();
            labels.add(new RowLabel(row, path, block.equals(before) ? "" : block));
            before = block;
        }
        return labels;
    }

    private static String shortened(String path) {
        String last = ModulePath.of(path).leaf();
        return last.length() > 9 ? last.substring(0, 8) + "…" : last;
    }
}
