package dev.reprise.cache.math;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.QRDecomposition;
import org.hipparchus.linear.RealVector;

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
        double[][] powers = new double[x.size()][degree + 1];
        for (int row = 0; row < powers.length; row++) {
            double power = 1;
            for (int column = 0; column <= degree; column++) {
                powers[row][column] = power;
                power *= x.get(row) / scale;
            }
        }
        // QR is stable where the normal equations are not.
        RealVector solution = new QRDecomposition(new Array2DRowRealMatrix(powers, false))
                .getSolver()
                .solve(new ArrayRealVector(y.toArray(Double[]::new)));
        List<Double> coefficients = new ArrayList<>();
        for (int power = 0; power <= degree; power++) {
            coefficients.add(solution.getEntry(power) / Math.pow(scale, power));
        }
        Collections.reverse(coefficients);
        PolynomialFit fit = new PolynomialFit(coefficients, Double.NaN);
        return new PolynomialFit(coefficients, fit.explained(x, y));
    }

    /** The polynomial at x. */
    public double at(double x) {
        return at(coefficients, x);
    }

    /** A polynomial at x; coefficients with the highest power first. */
    public static double at(List<Double> coefficients, double x) {
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
}
