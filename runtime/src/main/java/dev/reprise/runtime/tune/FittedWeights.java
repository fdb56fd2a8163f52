package dev.reprise.runtime.tune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The weights of the forecast {@code fitted} for a schedule: least squares over what the sampler adds, {@code Δ}, without a policy.
 *
 * <pre>
 *   skipped step t:    ŵ = argmin ‖Σ_j w_j·Δ_j − Δ_t‖²                          j: steps computed so far
 *   computed step:     its row makes the sum over its gap the best one, with what all steps before missed:
 *                      argmin ‖Σ_j w_j·Δ_j − (Σ_{s in gap} Δ_s − missed)‖²
 * </pre>
 *
 * Images count by how well they come out, so that the mean of their PSNR is best rather than that of their errors. The model sees the
 * latents of no policy here: it costs no run.
 *
 * @param rows for {@link dev.reprise.cache.forecast.Fitted}
 * @param decibels mean over images of how far the result stays from no policy, up to a constant
 */
record FittedWeights(List<List<Double>> rows, double decibels) {
    private static final double RIDGE = 1e-5;
    private static final double SMALLEST = 1e-12;

    /**
     * Fits.
     *
     * @param products of the increments of steps s and t, for each image
     * @param mean their mean over images
     * @param sampler how much a step's output counts
     * @param blend share of the fit; the rest is the straight line through the last two values, which errors disturb less
     */
    static FittedWeights of(
            List<double[][]> products, double[][] mean, SamplerSteps sampler, String mask, double blend) {
        int steps = mask.length();
        List<Integer> computed = new ArrayList<>();
        List<List<Double>> rows = new ArrayList<>();
        double[] missed = new double[steps];
        double[] errors = new double[products.size()];
        int start = 0;
        while (start < steps) {
            int end = gapEnd(mask, start);
            computed.add(start);
            double[] target = target(missed, start, end);
            double[][] squares =
                    weighted(products, errors(products, left(computed, solve(mean, computed, target), target)));
            double[] total = solve(squares, computed, target);
            errors = errors(products, left(computed, total, target));
            double[] own = total.clone();
            List<List<Double>> gap = new ArrayList<>();
            for (int t = start + 1; t < end; t++) {
                double[] single = new double[steps];
                single[t] = 1;
                double[] forecast = solve(squares, computed, single);
                for (int i = 0; i < own.length; i++) {
                    own[i] -= forecast[i];
                }
                gap.add(row(forecast, computed, sampler, t, blend));
            }
            rows.add(start == 0 ? List.of(1.0) : row(own, computed, sampler, start, blend));
            rows.addAll(gap);
            missed = negated(left(computed, total, target));
            start = end;
        }
        return new FittedWeights(rows, decibels(errors));
    }

    /** About the decibels of a fit, with all images counting the same, which is quicker. */
    static double decibels(List<double[][]> products, double[][] mean, String mask) {
        int steps = mask.length();
        List<Integer> computed = new ArrayList<>();
        double[] missed = new double[steps];
        int start = 0;
        while (start < steps) {
            int end = gapEnd(mask, start);
            computed.add(start);
            double[] target = target(missed, start, end);
            missed = negated(left(computed, solve(mean, computed, target), target));
            start = end;
        }
        return decibels(products, missed);
    }

    /** Mean over images of how far a result stays from no policy that misses so much of each increment, up to a constant. */
    static double decibels(List<double[][]> products, double[] missed) {
        return decibels(errors(products, missed));
    }

    /** The next computed step after one, or the end. */
    private static int gapEnd(String mask, int computed) {
        int next = mask.indexOf('1', computed + 1);
        return next < 0 ? mask.length() : next;
    }

    private static double decibels(double[] errors) {
        double sum = 0;
        for (double error : errors) {
            sum -= 10 * Math.log10(Math.max(error, SMALLEST));
        }
        return sum / errors.length;
    }

    /** What the sampler adds in a gap, less what is there of it already. */
    private static double[] target(double[] missed, int start, int end) {
        double[] target = negated(missed);
        for (int t = start; t < end; t++) {
            target[t] += 1;
        }
        return target;
    }

    private static double[] negated(double[] values) {
        double[] negated = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            negated[i] = -values[i];
        }
        return negated;
    }

    private static double[] solve(double[][] squares, List<Integer> computed, double[] target) {
        int size = computed.size();
        double[][] left = new double[size][size];
        double[] right = new double[size];
        for (int i = 0; i < size; i++) {
            double[] products = squares[computed.get(i)];
            for (int j = 0; j <= i; j++) {
                left[i][j] = products[computed.get(j)];
            }
            for (int t = 0; t < target.length; t++) {
                right[i] += products[t] * target[t];
            }
        }
        return LeastSquares.solve(left, right, RIDGE);
    }

    /** What a fit leaves of its target. */
    private static double[] left(List<Integer> computed, double[] total, double[] target) {
        double[] left = target.clone();
        for (int i = 0; i < total.length; i++) {
            left[computed.get(i)] -= total[i];
        }
        return left;
    }

    private static double[] errors(List<double[][]> products, double[] left) {
        double[] errors = new double[products.size()];
        for (int image = 0; image < errors.length; image++) {
            double[][] of = products.get(image);
            for (int s = 0; s < left.length; s++) {
                double row = 0;
                for (int t = 0; t < left.length && left[s] != 0; t++) {
                    row += of[s][t] * left[t];
                }
                errors[image] += left[s] * row;
            }
        }
        return errors;
    }

    private static double[][] weighted(List<double[][]> products, double[] errors) {
        int steps = products.get(0).length;
        double largest = Arrays.stream(errors).max().orElse(1);
        double[][] sum = new double[steps][steps];
        for (int image = 0; image < errors.length; image++) {
            // An image without error would be the only one that counts.
            double weight = 1 / Math.max(errors[image], Math.max(1e-3 * largest, SMALLEST));
            double[][] of = products.get(image);
            for (int s = 0; s < steps; s++) {
                for (int t = 0; t < steps; t++) {
                    sum[s][t] += weight * of[s][t];
                }
            }
        }
        return sum;
    }

    /** Weights of increments as weights of outputs, with digits that say something. */
    private static List<Double> row(
            double[] weights, List<Integer> computed, SamplerSteps sampler, int step, double blend) {
        List<Double> row = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            double fitted = weights[i] * sampler.counts(computed.get(i)) / sampler.counts(step);
            double weight = blend * fitted + (1 - blend) * line(computed, i, step);
            // Not −0.
            row.add(Math.rint(weight * 1e5) / 1e5 + 0.0);
        }
        return row;
    }

    /** The weight of a computed step in the line through the last two. */
    private static double line(List<Integer> computed, int i, int step) {
        int newest = computed.size() - 1;
        if (newest == 0 || i < newest - 1) {
            return i == newest ? 1 : 0;
        }
        double slope = (double) (step - computed.get(newest)) / (computed.get(newest) - computed.get(newest - 1));
        return i == newest ? 1 + slope : -slope;
    }
}
