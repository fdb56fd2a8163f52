package dev.reprise.runtime.tune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a sampler goes from step to step, found out by watching it: most samplers are {@code x' = a·x + Σ b·output} with scalars of the step,
 * which least squares gives back. In {@code y = x / Π a} a sampler only adds: {@code y' = y + h·v}.
 */
final class SamplerSteps {
    /** Share of the change that may stay unexplained, in squares. */
    private static final double UNEXPLAINED = 1e-4;

    private final double[] scale;
    private final double[] counts;
    private final double[][] shares;

    private SamplerSteps(double[] scale, double[] counts, double[][] shares) {
        this.scale = scale;
        this.counts = counts;
        this.shares = shares;
    }

    /** {@code Π a} up to the end of a step. */
    double scale(int step) {
        return step < 0 ? 1 : scale[step];
    }

    /** {@code h}: how much a step's output counts in y. */
    double counts(int step) {
        return counts[step];
    }

    /** {@code b} of a step, an entry per output; none where the sampler is not understood. */
    double[] shares(int step) {
        return shares[step].clone();
    }

    /** Steps that count the same and are added as they are. */
    static SamplerSteps plain(int steps) {
        double[] ones = new double[steps];
        Arrays.fill(ones, 1);
        return new SamplerSteps(ones, ones.clone(), new double[steps][0]);
    }

    /**
     * What a sampler did; null where it is not of that kind.
     *
     * @param latents at the start of each step
     * @param outputs of each step, as many values as latents each
     */
    static @Nullable SamplerSteps of(List<float[]> latents, List<List<float[]>> outputs) {
        int steps = latents.size();
        List<double[]> found = new ArrayList<>();
        for (int t = 0; t + 1 < steps; t++) {
            List<float[]> columns = new ArrayList<>(List.of(latents.get(t)));
            columns.addAll(outputs.get(t));
            double[] solved = step(columns, latents.get(t + 1));
            if (solved == null || (t > 0 && solved.length != found.get(0).length)) {
                return null;
            }
            found.add(solved);
        }
        // Nobody sees what the last step gives: it goes on as the two before it.
        double[] last = new double[found.get(0).length];
        for (int i = 0; i < last.length; i++) {
            last[i] = 2 * found.get(steps - 2)[i] - found.get(steps - 3)[i];
        }
        found.add(last);
        double[] scale = new double[steps];
        double[] counts = new double[steps];
        double[][] shares = new double[steps][last.length - 1];
        double product = 1;
        for (int t = 0; t < steps; t++) {
            product *= found.get(t)[0];
            scale[t] = product;
            for (int i = 1; i < last.length; i++) {
                counts[t] += found.get(t)[i] / product;
                shares[t][i - 1] = found.get(t)[i];
            }
            if (!(Math.abs(product) > 1e-9) || !(Math.abs(counts[t]) > 1e-9)) {
                return null;
            }
        }
        return new SamplerSteps(scale, counts, shares);
    }

    /** Coefficients of the columns in what comes next; null where they do not explain it. */
    private static double @Nullable [] step(List<float[]> columns, float[] next) {
        int size = columns.size();
        double[][] squares = new double[size][size];
        double[] right = new double[size];
        double change = 0;
        for (int j = 0; j < next.length; j++) {
            for (int a = 0; a < size; a++) {
                for (int b = 0; b <= a; b++) {
                    squares[a][b] += (double) columns.get(a)[j] * columns.get(b)[j];
                }
                right[a] += (double) columns.get(a)[j] * next[j];
            }
            change += Math.pow((double) next[j] - columns.get(0)[j], 2);
        }
        double[] solved = LeastSquares.solve(squares, right, 1e-12);
        double missed = 0;
        for (int j = 0; j < next.length; j++) {
            double value = -next[j];
            for (int a = 0; a < size; a++) {
                value += solved[a] * columns.get(a)[j];
            }
            missed += value * value;
        }
        return missed <= UNEXPLAINED * change ? solved : null;
    }
}
