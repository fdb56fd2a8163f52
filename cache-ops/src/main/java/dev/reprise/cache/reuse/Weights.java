package dev.reprise.cache.reuse;

import dev.reprise.cache.DenoisingStep;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How much each kept value counts in a forecast: scalars, worked out on the host. */
@FunctionalInterface
public interface Weights {
    /**
     * The weights at a step.
     *
     * @param steps the steps whose values are kept, oldest first, at least one
     * @param at the step to forecast
     * @return one weight per kept value
     */
    double[] of(List<Integer> steps, DenoisingStep at);

    /**
     * What a computed step returns where computed outputs are calibrated: the weights of the kept values and, last, of the one just computed.
     * Null for the usual calibration, by the straight line to that value.
     */
    default double @Nullable [] calibrated(List<Integer> steps, DenoisingStep at) {
        return null;
    }

    /** Of the polynomial through all values: {@code Π_{j≠i} (t − tⱼ)/(tᵢ − tⱼ)}, exact whatever their spacing. */
    static double[] lagrange(List<Integer> steps, DenoisingStep at) {
        return lagrange(steps, (double) at.index());
    }

    /** Of the polynomial through all values, at a place between or beyond steps. */
    static double[] lagrange(List<Integer> steps, double at) {
        double[] weights = new double[steps.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 1;
            for (int j = 0; j < weights.length; j++) {
                if (j != i) {
                    weights[i] *= (at - steps.get(j)) / (steps.get(i) - steps.get(j));
                }
            }
        }
        return weights;
    }

    /** The coefficient of the i-th difference, k steps past the newest value. */
    @FunctionalInterface
    interface Basis {
        double at(int i, double k);
    }

    /**
     * Of a series of recursive differences, {@code dⁱ⁺¹ = (dⁱ_now − dⁱ_before)/window}, {@code ŷ = Σ dⁱ·basis(i, k)/i!}.
     *
     * @param basis {@code kⁱ} for a Taylor series
     */
    static double[] differences(List<Integer> steps, double at, Basis basis) {
        int count = steps.size();
        // rows[j] holds the weights of the i-th difference at the j-th value.
        double[][] rows = new double[count][count];
        for (int j = 0; j < count; j++) {
            rows[j][j] = 1;
        }
        double[] weights = rows[count - 1].clone();
        double k = at - steps.get(count - 1);
        double factorial = 1;
        for (int i = 1; i < count; i++) {
            for (int j = count - 1; j >= i; j--) {
                double window = steps.get(j) - steps.get(j - 1);
                for (int column = 0; column < count; column++) {
                    rows[j][column] = (rows[j][column] - rows[j - 1][column]) / window;
                }
            }
            factorial *= i;
            double coefficient = basis.at(i, k) / factorial;
            for (int column = 0; column < count; column++) {
                weights[column] += coefficient * rows[count - 1][column];
            }
        }
        return weights;
    }
}
