package dev.reprise.cli.bench;

import dev.reprise.runtime.api.StepTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Times of steps that computed more or less. Their mean takes every step at the lower quartile of the steps that computed the same
 * share: what else the machine does only ever makes a step slower, so the faster ones tell what the step itself takes.
 */
public final class StepTimes {
    private static final int KINDS = 1000;

    private final SortedMap<Long, List<Double>> byShare = new TreeMap<>();
    private int count;

    /** Adds the steps of a generation. */
    public void add(List<StepTrace> trace) {
        trace.forEach(step -> add(step.computedShare(), (double) step.nanos()));
    }

    void add(double computedShare, double nanos) {
        byShare.computeIfAbsent(Math.round(computedShare * KINDS), key -> new ArrayList<>())
                .add(nanos);
        count++;
    }

    /** Mean time of a step, NaN before there is one. */
    public double meanNanos() {
        double sum = 0;
        for (List<Double> times : byShare.values()) {
            double[] sorted =
                    times.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            sum += sorted.length * sorted[(sorted.length - 1) / 4];
        }
        return count == 0 ? Double.NaN : sum / count;
    }
}
