package dev.reprise.cli.report;

import dev.reprise.verify.report.Figures;
import dev.reprise.verify.text.Units;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Speedup to the right, closeness to the uncached samples upwards: one line per policy through its settings. Policies differ in
 * colour (safe for colour-blind readers), marker shape and label. This class says where things are; {@code chart.jte} draws
 * them.
 */
final class TradeOffChart {
    static final int WIDTH = 1080;
    static final int HEIGHT = 400;
    static final int LEFT = 52;
    static final int TOP = 14;
    /** Right end of the plot; the legend stands in the margin behind it. */
    static final int END = WIDTH - 232;
    /** Lower end of the plot. */
    static final int FLOOR = HEIGHT - 44;

    private static final int COLOURS = 8;
    private static final int LABEL_HEIGHT = 14;
    private static final int LABEL_WIDTH = 190;
    /** Identical samples have no finite PSNR: they are drawn on the upper edge. */
    private static final double CEILING = 60;

    /** Circle, square, triangle, diamond and triangle upside down, around the origin. */
    private static final List<String> MARKERS = List.of(
            "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z",
            "M-4.5 -4.5H4.5V4.5H-4.5Z",
            "M0 -6L5.5 4.5H-5.5Z",
            "M0 -6.5L6.5 0L0 6.5L-6.5 0Z",
            "M0 6L5.5 -4.5H-5.5Z");

    /** The settings of one policy. */
    record Series(String family, int index, List<GenerationReport> generations) {
        int colour() {
            return index % COLOURS;
        }

        String marker() {
            return MARKERS.get(index % MARKERS.size());
        }
    }

    /** A grid line: where it is, and what is written at its end. */
    record Tick(double at, String label, boolean isReference) {}

    private final List<Series> series = new ArrayList<>();
    private final List<GenerationReport> points = new ArrayList<>();
    private final double minSpeedup;
    private final double maxSpeedup;
    private final double minPsnr;

    TradeOffChart(Map<String, List<GenerationReport>> families) {
        double slowest = 1;
        double fastest = 1;
        double furthest = 30;
        for (Map.Entry<String, List<GenerationReport>> family : families.entrySet()) {
            series.add(new Series(family.getKey(), series.size(), family.getValue()));
            for (GenerationReport generation : family.getValue()) {
                double speedup = generation.speedup().median();
                slowest = Math.min(slowest, speedup);
                fastest = Math.max(fastest, speedup);
                furthest = Math.min(furthest, generation.psnr());
                points.add(generation);
            }
        }
        minSpeedup = Math.floor(slowest * 5) / 5;
        maxSpeedup = Math.ceil(fastest * 2 + 0.2) / 2;
        minPsnr = Math.floor(furthest / 5) * 5;
    }

    List<Series> series() {
        return series;
    }

    double x(double speedup) {
        return LEFT + (speedup - minSpeedup) / (maxSpeedup - minSpeedup) * (END - LEFT);
    }

    double y(double psnr) {
        return TOP + (CEILING - Math.min(psnr, CEILING)) / (CEILING - minPsnr) * (FLOOR - TOP);
    }

    double x(GenerationReport generation) {
        return x(generation.speedup().median());
    }

    double y(GenerationReport generation) {
        return y(generation.psnr());
    }

    List<Tick> speedups() {
        List<Tick> ticks = new ArrayList<>();
        double step = maxSpeedup - minSpeedup > 2.5 ? 0.5 : 0.25;
        for (double speedup = Math.ceil(minSpeedup / step) * step; speedup <= maxSpeedup + 1e-9; speedup += step) {
            ticks.add(new Tick(x(speedup), Units.times(speedup), Math.abs(speedup - 1) < 1e-9));
        }
        return ticks;
    }

    List<Tick> psnrs() {
        List<Tick> ticks = new ArrayList<>();
        for (double psnr = minPsnr; psnr <= CEILING; psnr += 5) {
            ticks.add(new Tick(y(psnr), psnr >= CEILING ? "∞" : Long.toString(Math.round(psnr)), false));
        }
        return ticks;
    }

    /** {@code 12.5,30 40,80}: the line through the settings of a policy. */
    String line(Series series) {
        return line(series.generations());
    }

    /** The settings that no other one beats in both directions, from the slowest to the fastest. */
    List<GenerationReport> best() {
        return points.stream()
                .filter(point -> points.stream().noneMatch(other -> beats(other, point)))
                .sorted(Comparator.comparingDouble(point -> point.speedup().median()))
                .toList();
    }

    private static boolean beats(GenerationReport one, GenerationReport other) {
        double faster = one.speedup().median() - other.speedup().median();
        int closer = Double.compare(one.psnr(), other.psnr());
        return faster >= 0 && closer >= 0 && (faster > 0 || closer > 0);
    }

    /** The line through the best of them; empty for a single one. */
    String bestLine() {
        return best().size() < 2 ? "" : line(best());
    }

    /** A name beside a point; anchor as in SVG. */
    record Label(double x, double y, String anchor, String text) {}

    /** The policies' names beside the best points, and what the line is; names that would lie on another one are left out. */
    List<Label> bestLabels() {
        List<Label> labels = new ArrayList<>();
        for (GenerationReport point : best()) {
            boolean left = x(point) > (LEFT + END) / 2.0;
            Label label = new Label(
                    x(point) + (left ? -10 : 10),
                    Math.max(y(point), TOP + 8) - 9,
                    left ? "end" : "start",
                    point.family());
            boolean free = labels.stream()
                    .noneMatch(other -> Math.abs(other.y() - label.y()) < LABEL_HEIGHT
                            && Math.abs(other.x() - label.x()) < LABEL_WIDTH);
            if (free) {
                labels.add(label);
            }
        }
        return labels;
    }

    private String line(List<GenerationReport> generations) {
        return generations.stream()
                .map(generation -> Figures.decimal(x(generation)) + "," + Figures.decimal(y(generation)))
                .collect(Collectors.joining(" "));
    }

    /** Height of a policy's line in the legend, which has the order of the table. */
    double legend(Series entry) {
        double spacing = Math.min(26, (FLOOR - TOP) / (double) series.size());
        return TOP + spacing / 2 + entry.index() * spacing;
    }
}
