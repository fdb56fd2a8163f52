package dev.reprise.cache.forecast;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecast;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.reuse.SampleForecast;
import dev.reprise.cache.reuse.Weights;
import dev.reprise.graph.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Weights that were fitted to a model and a schedule, a row per step: {@code ŷ_t = Σ_j W[t][j]·y_j} over all computed steps so far, oldest
 * first. {@code reprise tune} fits them by least squares to what the sampler adds from step to step.
 *
 * <pre>
 *   steps     0        1          2          3            4              computed: 0, 2, 3
 *   W    [ [1],     [w₀],    [w₀, w₂],  [w₀, w₂, w₃],  [w₀, w₂, w₃] ]
 * </pre>
 *
 * A row is longer than the one before it exactly where a step is computed; its last weight is that of the value just computed. Those rows
 * count where the span calibrates computed outputs: they make good in advance what the forecasts of the gap behind them will miss, so
 * limits such as {@code warmup_steps} that change a schedule do not go with them. Where other steps were computed than those fitted to, or behind the last row, the
 * straight line through the last two values takes the place of the weights.
 */
public final class Fitted implements Forecasting {
    public static final Parameter<List<List<Double>>> WEIGHTS = Parameter.optional(
            "weights",
            ParameterType.rows(),
            "",
            "A row per step: a weight for each step computed so far; unset: the value of the last computed step");

    public static final PartType<Forecasting> TYPE = new PartType<>(
            "fitted",
            "Weights of all computed steps, fitted to a model and a schedule by reprise tune",
            "",
            List.of(WEIGHTS, Linear.HISTORY_DTYPE),
            Fitted::new);

    private final List<List<Double>> rows;
    private final List<Integer> fittedTo = new ArrayList<>();
    private final @Nullable ElementType storage;

    private Fitted(Parameters parameters) {
        rows = parameters.find(WEIGHTS).orElse(List.of());
        storage = parameters.find(Linear.HISTORY_DTYPE).orElse(null);
        for (int t = 0; t < rows.size(); t++) {
            int found = rows.get(t).size();
            if (found == fittedTo.size() + 1) {
                fittedTo.add(t);
            } else if (found != fittedTo.size() || found == 0) {
                throw new InvalidPolicyException(
                        "fitted: the weights of step " + t + " must be as many as those of the step"
                                + " before, or one more where it is computed: " + fittedTo.size() + " or "
                                + (fittedTo.size() + 1) + ", found " + found);
            }
        }
    }

    @Override
    public int copies() {
        return Math.max(1, fittedTo.size());
    }

    @Override
    public boolean predicts() {
        return !rows.isEmpty();
    }

    @Override
    public Forecast of(String slot, ToDoubleFunction<DenoisingStep> ratio) {
        return new SampleForecast(slot, copies(), storage, new Rows());
    }

    /** The weights of these computed steps; null when they are not the ones fitted to. */
    private double @Nullable [] row(List<Integer> computed, int step) {
        if (step >= rows.size() || rows.get(step).size() != computed.size()) {
            return null;
        }
        return computed.equals(fittedTo.subList(0, computed.size()))
                ? rows.get(step).stream().mapToDouble(Double::doubleValue).toArray()
                : null;
    }

    private final class Rows implements Weights {
        @Override
        public double[] of(List<Integer> steps, DenoisingStep at) {
            double[] fitted = row(steps, at.index());
            if (fitted != null) {
                return fitted;
            }
            double[] weights = new double[steps.size()];
            int newest = steps.size() - 1;
            weights[newest] = 1;
            if (newest > 0 && !rows.isEmpty()) {
                double[] line = Weights.lagrange(steps.subList(newest - 1, newest + 1), (double) at.index());
                weights[newest - 1] = line[0];
                weights[newest] = line[1];
            }
            return weights;
        }

        @Override
        public double @Nullable [] calibrated(List<Integer> steps, DenoisingStep at) {
            List<Integer> all = new ArrayList<>(steps);
            all.add(at.index());
            return row(all, at.index());
        }
    }
}
