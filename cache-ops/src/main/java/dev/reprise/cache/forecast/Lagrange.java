package dev.reprise.cache.forecast;

import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.reuse.Weights;
import java.util.List;

/**
 * The polynomial through the values of the last computed steps: {@code ŷ(t) = Σ yᵢ · Π_{j≠i} (t − tⱼ)/(tᵢ − tⱼ)}. Exact for polynomials of
 * its order whatever the spacing, which a Taylor series of recursive differences is not from order 2 on.
 */
public final class Lagrange {
    public static final Parameter<Integer> ORDER =
            Parameter.of("order", ParameterType.integer(0), 1, "", "Degree of the polynomial");

    public static final PartType<Forecasting> TYPE = new PartType<>(
            "lagrange",
            "The polynomial through the values of the last computed steps",
            "",
            List.of(ORDER, Linear.HISTORY_DTYPE),
            parameters -> new Linear(
                    parameters.get(ORDER) + 1, parameters, (steps, at, ratio) -> Weights.lagrange(steps, at)));

    private Lagrange() {}
}
