package dev.reprise.cli.report;

import dev.reprise.cli.text.Units;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Speedup to the right, closeness to the uncached samples upwards: one line per policy through its settings. Policies differ in
 * colour (safe for colour-blind readers), marker shape and label.
 */
final class TradeOffChart {
    private static final int WIDTH = 1080;
    private static final int HEIGHT = 400;
    private static final int LEFT = 52;
    private static final int RIGHT = 232;
    private static final int TOP = 14;
    private static final int BOTTOM = 44;
    /** Identical samples have no finite PSNR: they are drawn on the upper edge. */
    private static final double CEILING = 60;

    private final Map<String, List<GenerationReport>> families = new LinkedHashMap<>();
    private final StringBuilder svg = new StringBuilder();
    private double maxSpeedup = 1;
    private double minSpeedup = 1;
    private double minPsnr = 30;

    private TradeOffChart(List<GenerationReport> generations) {
        for (GenerationReport generation : generations) {
            families.computeIfAbsent(generation.family(), name -> new ArrayList<>())
                    .add(generation);
            maxSpeedup = Math.max(maxSpeedup, generation.speedup());
            minSpeedup = Math.min(minSpeedup, generation.speedup());
            minPsnr = Math.min(minPsnr, generation.psnr());
        }
        maxSpeedup = Math.ceil(maxSpeedup * 2 + 0.2) / 2;
        minSpeedup = Math.floor(minSpeedup * 5) / 5;
        minPsnr = Math.floor(minPsnr / 5) * 5;
    }

    static String draw(List<GenerationReport> generations) {
        TradeOffChart chart = new TradeOffChart(generations);
        chart.draw();
        return chart.svg.toString();
    }

    private void draw() {
        svg.append(Markup.format(
                "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Speedup and closeness of every"
                        + " setting\">%n",
                WIDTH, HEIGHT));
        grid();
        int index = 0;
        List<Label> labels = new ArrayList<>();
        for (Map.Entry<String, List<GenerationReport>> family : families.entrySet()) {
            labels.add(series(family.getKey(), family.getValue(), index++));
        }
        labels(labels);
        svg.append("</svg>\n");
    }

    private double x(double speedup) {
        double span = maxSpeedup - minSpeedup;
        return LEFT + (speedup - minSpeedup) / span * (WIDTH - LEFT - RIGHT);
    }

    private double y(double psnr) {
        double clamped = Math.min(psnr, CEILING);
        return TOP + (CEILING - clamped) / (CEILING - minPsnr) * (HEIGHT - TOP - BOTTOM);
    }

    private void grid() {
        double step = maxSpeedup - minSpeedup > 2.5 ? 0.5 : 0.25;
        for (double speedup = Math.ceil(minSpeedup / step) * step; speedup <= maxSpeedup + 1e-9; speedup += step) {
            svg.append(Markup.format(
                    "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
                            + "<text class=\"tick\" x=\"%.1f\" y=\"%d\">%s</text>%n",
                    Math.abs(speedup - 1) < 1e-9 ? "one" : "grid",
                    x(speedup),
                    x(speedup),
                    TOP,
                    HEIGHT - BOTTOM,
                    x(speedup),
                    HEIGHT - BOTTOM + 16,
                    Units.times(speedup)));
        }
        for (double psnr = minPsnr; psnr <= CEILING; psnr += 5) {
            svg.append(Markup.format(
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                            + "<text class=\"tick y\" x=\"%d\" y=\"%.1f\">%s</text>%n",
                    LEFT,
                    WIDTH - RIGHT,
                    y(psnr),
                    y(psnr),
                    LEFT - 8,
                    y(psnr) + 4,
                    psnr >= CEILING ? "∞" : Markup.format("%.0f", psnr)));
        }
        svg.append(Markup.format(
                "<text class=\"axis mid\" x=\"%d\" y=\"%d\">speedup (time without cache ÷ time)</text>%n",
                (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6));
        svg.append(Markup.format(
                "<text class=\"axis mid\" transform=\"translate(12 %d) rotate(-90)\">PSNR to uncached, dB</text>%n",
                (TOP + HEIGHT - BOTTOM) / 2));
    }

    /** A label beside the last point of a series. */
    private record Label(String family, int index, double x, double y) {}

    private Label series(String family, List<GenerationReport> generations, int index) {
        StringBuilder line = new StringBuilder();
        for (GenerationReport generation : generations) {
            line.append(Markup.format("%.1f,%.1f ", x(generation.speedup()), y(generation.psnr())));
        }
        svg.append(Markup.format(
                "<g class=\"s s%d\"><polyline points=\"%s\"/>%n",
                index % 8, line.toString().strip()));
        GenerationReport fastest = generations.get(0);
        for (GenerationReport generation : generations) {
            svg.append(Markup.format(
                    "<g transform=\"translate(%.1f %.1f)\">%s<title>%s%n%s, %s, accuracy %s</title></g>%n",
                    x(generation.speedup()),
                    y(generation.psnr()),
                    marker(index),
                    Markup.escape(generation.title()),
                    Units.times(generation.speedup()),
                    Units.decibel(generation.psnr()),
                    Units.percent(generation.accuracy())));
            if (generation.speedup() > fastest.speedup()) {
                fastest = generation;
            }
        }
        svg.append("</g>\n");
        return new Label(family, index, x(fastest.speedup()), y(fastest.psnr()));
    }

    private static String marker(int index) {
        return switch (index % 5) {
            case 0 -> "<circle r=\"5\"/>";
            case 1 -> "<rect x=\"-4.5\" y=\"-4.5\" width=\"9\" height=\"9\"/>";
            case 2 -> "<path d=\"M0 -6 L5.5 4.5 L-5.5 4.5 Z\"/>";
            case 3 -> "<path d=\"M0 -6.5 L6.5 0 L0 6.5 L-6.5 0 Z\"/>";
            default -> "<path d=\"M0 6 L5.5 -4.5 L-5.5 -4.5 Z\"/>";
        };
    }

    /** Labels in the right margin in the order of their points, apart enough to be read, with a hairline to their point. */
    private void labels(List<Label> labels) {
        labels.sort(java.util.Comparator.comparingDouble(Label::y));
        double spacing = Math.min(20, (HEIGHT - TOP - BOTTOM) / (double) Math.max(1, labels.size()));
        double[] ys = new double[labels.size()];
        double previous = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < ys.length; i++) {
            ys[i] = Math.max(labels.get(i).y(), previous + spacing);
            previous = ys[i];
        }
        double limit = HEIGHT - BOTTOM;
        for (int i = ys.length - 1; i >= 0 && ys[i] > limit; i--) {
            ys[i] = limit;
            limit -= spacing;
        }
        int x = WIDTH - RIGHT + 22;
        for (int i = 0; i < ys.length; i++) {
            Label label = labels.get(i);
            svg.append(Markup.format(
                    "<g class=\"s s%d\"><path class=\"lead\" d=\"M%.1f %.1f L%d %.1f L%d %.1f\"/>"
                            + "<g transform=\"translate(%d %.1f)\">%s</g>"
                            + "<text class=\"name\" x=\"%d\" y=\"%.1f\">%s</text></g>%n",
                    label.index() % 8,
                    label.x(),
                    label.y(),
                    x - 14,
                    ys[i],
                    x - 8,
                    ys[i],
                    x,
                    ys[i],
                    marker(label.index()),
                    x + 11,
                    ys[i] + 4.5,
                    Markup.escape(label.family())));
        }
    }
}
