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
        for (Map.Entry<String, List<GenerationReport>> family : families.entrySet()) {
            series(family.getValue(), index);
            legend(family.getKey(), index);
            index++;
        }
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

    private void series(List<GenerationReport> generations, int index) {
        StringBuilder line = new StringBuilder();
        for (GenerationReport generation : generations) {
            line.append(Markup.format("%.1f,%.1f ", x(generation.speedup()), y(generation.psnr())));
        }
        svg.append(Markup.format(
                "<g class=\"s s%d\"><polyline points=\"%s\"/>%n",
                index % 8, line.toString().strip()));
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
        }
        svg.append("</g>\n");
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

    /** In the right margin, in the order of the table. */
    private void legend(String family, int index) {
        double spacing = Math.min(26, (HEIGHT - TOP - BOTTOM) / (double) families.size());
        int x = WIDTH - RIGHT + 26;
        double y = TOP + spacing / 2 + index * spacing;
        svg.append(Markup.format(
                "<g class=\"s s%d\"><g transform=\"translate(%d %.1f)\">%s</g>"
                        + "<text class=\"name\" x=\"%d\" y=\"%.1f\">%s</text></g>%n",
                index % 8, x, y, marker(index), x + 13, y + 4.5, Markup.escape(family)));
    }
}
