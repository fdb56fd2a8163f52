package dev.reprise.verify.report;

import dev.reprise.verify.api.GateReport.Entry;
import dev.reprise.verify.text.Units;
import java.util.ArrayList;
import java.util.List;

/** The error of every step as bars on a logarithmic scale, with a line at the tolerance. {@code errors.jte} draws it. */
final class ErrorChart {
    static final int WIDTH = 640;
    static final int HEIGHT = 130;
    static final int LEFT = 62;
    static final int FLOOR = HEIGHT - 22;
    private static final int TOP = 8;

    /** Errors below are drawn as none. */
    private static final double SMALLEST = 1e-9;

    /** A step: where its bar is, and what it says. */
    record Bar(double left, double width, double top, String text, boolean isAbove) {}

    private final Entry entry;
    private final double largest;

    ErrorChart(Entry entry) {
        this.entry = entry;
        double most = Math.max(entry.tolerance(), SMALLEST) * 10;
        for (double error : entry.errors()) {
            most = Math.max(most, Double.isFinite(error) ? error : 0);
        }
        largest = most;
    }

    List<Bar> bars() {
        List<Bar> bars = new ArrayList<>();
        double width = (double) (WIDTH - LEFT) / entry.errors().size();
        for (int step = 0; step < entry.errors().size(); step++) {
            double error = entry.errors().get(step);
            bars.add(new Bar(
                    LEFT + step * width + Math.min(1, width / 8),
                    Math.max(0.5, width - Math.min(2, width / 4)),
                    y(error),
                    "step " + step + ": " + (Double.isFinite(error) ? Units.error(error) : "not finite"),
                    error > entry.tolerance()));
        }
        return bars;
    }

    double tolerance() {
        return y(entry.tolerance());
    }

    String toleranceLabel() {
        return Units.error(entry.tolerance());
    }

    String largestLabel() {
        return Units.error(largest);
    }

    private double y(double error) {
        double bounded = Math.max(SMALLEST, Math.min(largest, error));
        return FLOOR - Math.log(bounded / SMALLEST) / Math.log(largest / SMALLEST) * (FLOOR - TOP);
    }
}
