package dev.reprise.cache.forecast;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.reuse.Weights;
import java.util.List;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.QRDecomposition;

/**
 * Spectrum's forecast: Chebyshev polynomials of the step, fitted to the values of the last computed steps by ridge regression.
 *
 * <pre>
 *   τ = 2t/span − 1,   X[j][m] = T_m(τ_j)                     j: computed steps kept,  m = 0 … degree
 *   w = X (XᵀX + λ·I)⁻¹ T(τ_t),   ŷ = blend·(Σ wⱼ·yⱼ) + (1 − blend)·(y_a + k·(y_a − y_b))
 * </pre>
 *
 * <p>The penalty λ on all coefficients, as published, pulls even a constant towards zero. {@code penalty_from} 2 leaves constants and
 * straight lines alone; 0 is the published fit.
 *
 * <p>Source: https://arxiv.org/abs/2603.01623.
 */
public final class Chebyshev {
    public static final Parameter<Integer> DEGREE =
            Parameter.of("degree", ParameterType.integer(0), 4, "", "Highest Chebyshev polynomial");
    public static final Parameter<Double> LAMBDA =
            Parameter.of("lambda", ParameterType.number(0), 0.1, "", "Penalty of the ridge regression");
    public static final Parameter<Integer> PENALTY_FROM = Parameter.of(
            "penalty_from", ParameterType.integer(0), 2, "", "Lowest polynomial that the penalty applies to");
    public static final Parameter<Integer> HISTORY =
            Parameter.of("history", ParameterType.integer(1), 10, "values", "Computed steps to fit to");
    public static final Parameter<Double> BLEND =
            Parameter.of("blend", ParameterType.number(0, 1), 0.5, "", "Share of the fit; the rest is a straight line");
    public static final Parameter<Integer> STEPS_SPAN = Parameter.optional(
            "span",
            ParameterType.integer(1),
            "steps",
            "Steps that the polynomials span; unset: those of the generation");

    public static final PartType<Forecasting> TYPE = new PartType<>(
            "chebyshev",
            "Chebyshev polynomials of the step, fitted by ridge regression (Spectrum)",
            "https://arxiv.org/abs/2603.01623",
            List.of(DEGREE, LAMBDA, PENALTY_FROM, HISTORY, BLEND, STEPS_SPAN, Linear.HISTORY_DTYPE),
            parameters -> new Linear(parameters.get(HISTORY), parameters, new Chebyshev(parameters)::weights));

    /** As in the published code, where nobody says how many steps there are. */
    private static final int USUAL_STEPS = 50;

    private final int degree;
    private final double lambda;
    private final int penaltyFrom;
    private final double blend;
    private final int span;

    private Chebyshev(Parameters parameters) {
        degree = parameters.get(DEGREE);
        lambda = parameters.get(LAMBDA);
        penaltyFrom = parameters.get(PENALTY_FROM);
        blend = parameters.get(BLEND);
        span = parameters.find(STEPS_SPAN).orElse(0);
    }

    private double[] weights(List<Integer> steps, DenoisingStep at, double ratio) {
        int newest = steps.size() - 1;
        double[] line = new double[steps.size()];
        line[newest] = 1;
        if (newest > 0) {
            double[] lastTwo = Weights.lagrange(steps.subList(newest - 1, newest + 1), (double) at.index());
            line[newest - 1] = lastTwo[0];
            line[newest] = lastTwo[1];
        }
        double[] fitted = fit(steps, at.index(), span > 0 ? span : at.count().orElse(USUAL_STEPS));
        for (int i = 0; i < fitted.length; i++) {
            fitted[i] = blend * fitted[i] + (1 - blend) * line[i];
        }
        return fitted;
    }

    /** Ridge regression as least squares with rows of √λ below the values: that stays solvable where XᵀX is near singular. */
    private double[] fit(List<Integer> steps, int at, int all) {
        int values = steps.size();
        int columns = degree + 1;
        int free = Math.min(Math.min(penaltyFrom, values), columns);
        double[][] rows = new double[values + columns][];
        for (int j = 0; j < values; j++) {
            rows[j] = polynomials(steps.get(j), all);
        }
        for (int m = 0; m < columns; m++) {
            rows[values + m] = new double[columns];
            rows[values + m][m] = m < free ? 0 : Math.sqrt(Math.max(lambda, 1e-9));
        }
        // The weight of value j is what the fit to a unit vector e_j says at this step.
        double[] now = polynomials(at, all);
        QRDecomposition decomposition = new QRDecomposition(new Array2DRowRealMatrix(rows, false), 1e-12);
        double[] weights = new double[values];
        for (int j = 0; j < values; j++) {
            ArrayRealVector unit = new ArrayRealVector(rows.length);
            unit.setEntry(j, 1);
            weights[j] = decomposition.getSolver().solve(unit).dotProduct(new ArrayRealVector(now, false));
        }
        return weights;
    }

    private double[] polynomials(int step, int all) {
        double tau = 2.0 * step / all - 1;
        double[] values = new double[degree + 1];
        for (int m = 0; m <= degree; m++) {
            values[m] = m == 0 ? 1 : m == 1 ? tau : 2 * tau * values[m - 1] - values[m - 2];
        }
        return values;
    }
}
