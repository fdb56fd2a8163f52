package dev.reprise.cli.measure;

import dev.reprise.runtime.api.StepTrace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Times of steps, by the share of the multiply-adds that they computed. A step counts with the lower quartile of the steps that
 * computed the same share: what else the machine does only ever makes a step slower, so the faster ones tell what the step itself
 * takes.
 */
public final class StepTimes {
    /** Shares that differ by less than one in so many are the same. */
    private static final int RESOLUTION = 1000;

    private final SortedMap<Long, List<double[]>> byShare = new TreeMap<>(Comparator.reverseOrder());
    private double shares;
    private int count;

    /**
     * Steps that computed the same share of the multiply-adds.
     *
     * @param computedShare their share
     * @param steps how many there are
     * @param nanos lower quartile of their times
     */
    public record Kind(double computedShare, int steps, double nanos) {}

    /** Adds the steps of a generation. */
    public void add(List<StepTrace> trace) {
        trace.forEach(step -> add(step.computedShare(), (double) step.nanos()));
    }

    /** Adds a step. */
    void add(double computedShare, double nanos) {
        byShare.computeIfAbsent(Math.round(computedShare * RESOLUTION), key -> new ArrayList<>())
                .add(new double[] {computedShare, nanos});
        shares += computedShare;
        count++;
    }

    /** From the steps that computed most to those that computed least. */
    public List<Kind> kinds() {
        List<Kind> kinds = new ArrayList<>();
        for (List<double[]> steps : byShare.values()) {
            double[] nanos =
                    steps.stream().mapToDouble(step -> step[1]).sorted().toArray();
            double share = steps.stream().mapToDouble(step -> step[0]).sum() / steps.size();
            kinds.add(new Kind(share, steps.size(), nanos[(nanos.length - 1) / 4]));
        }
        return kinds;
    }

    /** Mean time of a step, NaN before there is one. */
    public double meanNanos() {
        double sum = 0;
        for (Kind kind : kinds()) {
            sum += kind.steps() * kind.nanos();
        }
        return count == 0 ? Double.NaN : sum / count;
    }

    /** Mean share of the multiply-adds that a step computed, NaN before there is one. */
    public double computedShare() {
        return count == 0 ? Double.NaN : shares / count;
    }
}
