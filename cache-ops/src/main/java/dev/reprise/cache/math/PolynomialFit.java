package dev.reprise.cache.math;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A polynomial fitted to points by least squares.
 *
 * @param coefficients highest power first, as TeaCache takes them
 * @param rSquared share of the variance of y that it explains, 1 for a perfect fit
 */
public record PolynomialFit(List<Double> coefficients, double rSquared) {
    public PolynomialFit {
        coefficients = List.copyOf(coefficients);
    }

    /**
     * Fits a polynomial.
     *
     * @throws IllegalArgumentException when there are too few different points for the degree
     */
    public static PolynomialFit of(List<Double> x, List<Double> y, int degree) {
        if (x.size() != y.size()) {
            throw new IllegalArgumentException("a fit needs one y for each x, found " + x.size() + " and " + y.size());
        }
        long different = x.stream().distinct().count();
        if (degree < 0 || different <= degree) {
            throw new IllegalArgumentException("a fit of degree " + degree + " needs more than " + degree
                    + " different points, found " + different);
        }
        // Powers of changes of 0.01 to 0.5 differ by orders of magnitude; of x scaled to 1 they do not.
        double scale = x.stream().mapToDouble(Math::abs).max().orElse(1);
        scale = scale == 0 ? 1 : scale;
        int rows = x.size();
        int columns = degree + 1;
        double[][] powers = new double[rows][columns];
        double[] right = new double[rows];
        for (int row = 0; row < rows; row++) {
            double power = 1;
            for (int column = 0; column < columns; column++) {
                powers[row][column] = power;
                power *= x.get(row) / scale;
            }
            right[row] = y.get(row);
        }
        double[] solution = leastSquares(powers, right);
        List<Double> coefficients = new ArrayList<>();
        for (int column = 0; column < columns; column++) {
            coefficients.add(solution[column] / Math.pow(scale, column));
        }
        Collections.reverse(coefficients);
        PolynomialFit fit = new PolynomialFit(coefficients, Double.NaN);
        return new PolynomialFit(coefficients, fit.explained(x, y));
    }

    /** The polynomial at x. */
    public double at(double x) {
        double value = 0;
        for (double coefficient : coefficients) {
            value = value * x + coefficient;
        }
        return value;
    }

    private double explained(List<Double> x, List<Double> y) {
        double mean = y.stream().mapToDouble(Double::doubleValue).average().orElse(0);
        double rest = 0;
        double total = 0;
        for (int i = 0; i < y.size(); i++) {
            rest += Math.pow(y.get(i) - at(x.get(i)), 2);
            total += Math.pow(y.get(i) - mean, 2);
        }
        return total == 0 ? 1 : 1 - rest / total;
    }

    /** Householder QR: stable where the normal equations are not. Overwrites its arguments. */
    private static double[] leastSquares(double[][] a, double[] b) {
        int rows = a.length;
        int columns = a[0].length;
        for (int k = 0; k < columns; k++) {
            double norm = 0;
            for (int i = k; i < rows; i++) {
                norm = Math.hypot(norm, a[i][k]);
            }
            double alpha = a[k][k] > 0 ? -norm : norm;
            double[] reflector = new double[rows];
            double length = 0;
            for (int i = k; i < rows; i++) {
                reflector[i] = a[i][k] - (i == k ? alpha : 0);
                length += reflector[i] * reflector[i];
            }
            if (length == 0) {
                continue;
            }
            for (int column = k; column < columns; column++) {
                double dot = 0;
                for (int i = k; i < rows; i++) {
                    dot += reflector[i] * a[i][column];
                }
                for (int i = k; i < rows; i++) {
                    a[i][column] -= 2 * dot / length * reflector[i];
                }
            }
            double dot = 0;
            for (int i = k; i < rows; i++) {
                dot += reflector[i] * b[i];
            }
            for (int i = k; i < rows; i++) {
                b[i] -= 2 * dot / length * reflector[i];
            }
        }
        double[] x = new double[columns];
        for (int k = columns - 1; k >= 0; k--) {
            double sum = b[k];
            for (int column = k + 1; column < columns; column++) {
                sum -= a[k][column] * x[column];
            }
            x[k] = sum / a[k][k];
        }
        return x;
    }
}
