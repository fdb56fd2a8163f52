package dev.reprise.benchmarks.speed;

import java.util.List;
import java.util.stream.IntStream;

/** Medians of what was measured in turn: the i-th times of two contestants were taken right after each other. */
final class Ratios {
    private Ratios() {}

    static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** The median of the ratios of pairs. */
    static double median(List<Double> times, List<Double> others) {
        return median(IntStream.range(0, times.size())
                .mapToObj(i -> times.get(i) / others.get(i))
                .toList());
    }
}
