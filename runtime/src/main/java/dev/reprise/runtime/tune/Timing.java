package dev.reprise.runtime.tune;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Step times of a schedule beside those without a policy, taken in turns.
 *
 * @param uncached median over rounds of the mean step without a policy, milliseconds
 * @param computed median of a computed step
 * @param skipped median of a skipped step
 * @param speedup median over rounds of the ratio of both means
 */
record Timing(double uncached, double computed, double skipped, double speedup) {

    /** How many evaluations of {@code steps} take as long as {@code millis} a step. */
    double evaluations(int steps, double millis) {
        double more = computed - skipped;
        return more <= 0 ? steps : steps * (millis - skipped) / more;
    }

    static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.isEmpty() ? 0 : (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
    }
}
