package dev.reprise.cache.reuse;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Steps that lie closer together around a center: equally spaced points, raised to a power.
 *
 * <pre>
 *   x_i = x_0 + i/n · (x_n − x_0),  x_0 = (−center)^(1/pow),  x_n = (count − center)^(1/pow)
 *   step_i = center + trunc(Re(x_i^pow)),  without the first and the last; step 0 in front
 * </pre>
 *
 * The root of a negative number is complex, and the published code takes the real part of the power: so does this. Where points fall
 * onto one step, a power that is 0.02 smaller is tried.
 */
public final class QuadraticSteps {
    private static final double STEP = 0.02;

    private QuadraticSteps() {}

    /** The steps; empty where no power above 1 gives as many as wanted. */
    public static Optional<Set<Integer>> of(int count, int interval, int center, double pow) {
        if (interval == 1) {
            return Optional.of(all(count));
        }
        if (center > count) {
            return Optional.empty();
        }
        int wanted = (count + interval - 1) / interval;
        for (double power = pow; power > 1; power -= STEP) {
            Set<Integer> steps = steps(count, wanted, center, power);
            if (steps.size() == wanted) {
                return Optional.of(steps);
            }
        }
        return Optional.empty();
    }

    private static Set<Integer> all(int count) {
        Set<Integer> all = new TreeSet<>();
        for (int step = 0; step < count; step++) {
            all.add(step);
        }
        return all;
    }

    private static Set<Integer> steps(int count, int wanted, int center, double pow) {
        double length = Math.pow(center, 1 / pow);
        double startReal = length * Math.cos(Math.PI / pow);
        double startImaginary = length * Math.sin(Math.PI / pow);
        double end = Math.pow(count - center, 1 / pow);
        TreeSet<Integer> offsets = new TreeSet<>();
        for (int i = 0; i <= wanted; i++) {
            double share = (double) i / wanted;
            double real = startReal + share * (end - startReal);
            double imaginary = startImaginary * (1 - share);
            double raised = Math.pow(Math.hypot(real, imaginary), pow) * Math.cos(pow * Math.atan2(imaginary, real));
            offsets.add((int) raised);
        }
        List<Integer> inner = new ArrayList<>(offsets);
        Set<Integer> steps = new TreeSet<>(Set.of(0));
        if (inner.size() > 2) {
            inner.subList(1, inner.size() - 1).forEach(offset -> steps.add(offset + center));
        }
        return steps;
    }
}
