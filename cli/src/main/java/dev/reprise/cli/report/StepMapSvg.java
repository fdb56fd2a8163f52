package dev.reprise.cli.report;

import dev.reprise.cli.report.StepMap.Cell;
import dev.reprise.cli.report.StepMap.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Steps × modules as SVG, steps to the right, modules downwards in execution order:
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
final class StepMapSvg {
    private static final int ROW = 11;
    private static final int BARS = 26;
    private static final int LEFT = 74;
    private static final int BOTTOM = 25;
    private static final int WIDTH = 400;
    private static final int NARROWEST = 6;

    private final StepMap map;
    private final double column;
    private final int width;
    private final int last;
    private final StringBuilder svg = new StringBuilder();

    private StepMapSvg(StepMap map) {
        this.map = map;
        this.width = Math.max(WIDTH, LEFT + map.steps() * NARROWEST);
        this.last = width - 6;
        this.column = (last - LEFT) / (double) Math.max(1, map.steps());
    }

    static String draw(StepMap map, String title) {
        StepMapSvg drawing = new StepMapSvg(map);
        drawing.draw(title);
        return drawing.svg.toString();
    }

    private void draw(String title) {
        int height = top(map.modules().size()) + BOTTOM;
        svg.append(Markup.format(
                "<svg class=\"map\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n",
                width, height, Markup.escape(title)));
        bars();
        for (int step = 0; step < map.steps(); step++) {
            column(step);
        }
        rowLabels();
        stepLabels(height);
        svg.append("</svg>\n");
    }

    private int top(int row) {
        return BARS + 6 + row * ROW;
    }

    private double left(int step) {
        return LEFT + step * column;
    }

    private void bars() {
        svg.append(Markup.format("<text class=\"axis\" x=\"%d\" y=\"%d\">computed</text>%n", 2, BARS - 2));
        for (int step = 0; step < map.steps(); step++) {
            double share = map.computed().get(step);
            double high = Math.max(1, share * (BARS - 4));
            svg.append(Markup.format(
                    "<rect class=\"bar\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\">"
                            + "<title>step %d: %.1f %% of the multiply-adds</title></rect>%n",
                    left(step) + 0.5, BARS - high, column - 1, high, step, 100 * share));
        }
    }

    private void column(int step) {
        int from = 0;
        int rows = map.modules().size();
        while (from < rows) {
            Cell cell = map.cells().get(from).get(step);
            int to = from + 1;
            while (to < rows && map.cells().get(to).get(step).equals(cell)) {
                to++;
            }
            String modules = to == from + 1
                    ? map.modules().get(from)
                    : map.modules().get(from) + " … " + map.modules().get(to - 1) + " (" + (to - from) + " modules)";
            String reason = cell.reason().isEmpty() ? "" : " · " + cell.reason();
            svg.append(Markup.format(
                    "<rect class=\"%s\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\">"
                            + "<title>step %d · %s%n%s%s</title></rect>%n",
                    style(cell.state()),
                    left(step) + 0.5,
                    top(from),
                    column - 1,
                    (to - from) * ROW - 1,
                    step,
                    Markup.escape(modules),
                    cell.state().words(),
                    Markup.escape(reason)));
            from = to;
        }
    }

    static String style(State state) {
        return switch (state) {
            case COMPUTED -> "c";
            case HALF -> "h";
            case REUSED -> "r";
            case PREDICTED -> "p";
            case IDLE -> "i";
        };
    }

    /** The last path component on each line, the block's number where a block begins, and a hairline between blocks. */
    private void rowLabels() {
        String before = "";
        for (int row = 0; row < map.modules().size(); row++) {
            String path = map.modules().get(row);
            int dot = path.lastIndexOf('.');
            String parent = dot < 0 ? "" : path.substring(0, dot);
            String name = path.substring(dot + 1);
            int baseline = top(row) + ROW - 3;
            if (!parent.equals(before)) {
                before = parent;
                svg.append(Markup.format(
                        "<line class=\"rule\" x1=\"0\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>%n",
                        last, top(row) - 0.5, top(row) - 0.5));
                svg.append(Markup.format(
                        "<text class=\"block\" x=\"2\" y=\"%d\">%s<title>%s</title></text>%n",
                        baseline, Markup.escape(shortened(parent)), Markup.escape(parent)));
            }
            svg.append(Markup.format(
                    "<text class=\"row\" x=\"%d\" y=\"%d\">%s<title>%s</title></text>%n",
                    LEFT - 5, baseline, Markup.escape(shortened(name)), Markup.escape(path)));
        }
    }

    private static String shortened(String name) {
        String last = name.substring(name.lastIndexOf('.') + 1);
        return last.length() > 9 ? last.substring(0, 8) + "…" : last;
    }

    private void stepLabels(int height) {
        Set<Integer> labelled = new TreeSet<>();
        for (int step = 0; step < map.steps(); step += 5) {
            labelled.add(step);
        }
        List<Integer> steps = new ArrayList<>(labelled);
        for (int step : steps) {
            svg.append(Markup.format(
                    "<text class=\"tick\" x=\"%.2f\" y=\"%d\">%d</text>%n",
                    left(step) + column / 2, height - BOTTOM + 11, step));
        }
        svg.append(
                Markup.format("<text class=\"axis end\" x=\"%d\" y=\"%d\">denoising step</text>%n", last, height - 3));
    }
}
