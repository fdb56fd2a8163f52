package dev.reprise.cache.forecast;

import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecasting;
import java.util.List;

/**
 * DiCache's step along the line of the last two values, as far as the probe has moved: {@code ŷ = y_b + γ·(y_a − y_b)} with
 * {@code γ = ‖p_t − p_b‖ / ‖p_a − p_b‖} between {@code low} and {@code high}. Where the indicator has no probe, steps take the place of the
 * probe: {@code γ = (t − t_b)/(t_a − t_b)}.
 *
 * <p>Source: https://arxiv.org/abs/2508.17356.
 */
public final class Ratio {
    public static final Parameter<Double> LOW =
            Parameter.of("low", ParameterType.number(0), 1.0, "", "Least value of the ratio");
    public static final Parameter<Double> HIGH =
            Parameter.of("high", ParameterType.number(0), 1.5, "", "Greatest value of the ratio");

    public static final PartType<Forecasting> TYPE = new PartType<>(
            "ratio",
            "A step along the last two values, as far as the probe has moved (DiCache)",
            "https://arxiv.org/abs/2508.17356",
            List.of(LOW, HIGH, Linear.HISTORY_DTYPE),
            parameters -> {
                double low = parameters.get(LOW);
                double high = parameters.get(HIGH);
                return new Linear(2, parameters, (steps, at, measured) -> {
                    if (steps.size() < 2) {
                        return new double[] {1};
                    }
                    double inSteps = (double) (at.index() - steps.get(0)) / (steps.get(1) - steps.get(0));
                    double ratio = Math.min(Math.max(Double.isNaN(measured) ? inSteps : measured, low), high);
                    return new double[] {1 - ratio, ratio};
                });
            });

    private Ratio() {}
}
