package dev.reprise.cache.forecast;

import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecasting;
import java.util.List;

/** Hold: {@code ŷ = y_a}, the value of the last computed step. */
public final class Hold {
    public static final PartType<Forecasting> TYPE = new PartType<>(
            "hold",
            "The value of the last computed step",
            "",
            List.of(Linear.HISTORY_DTYPE),
            parameters -> new Linear(1, parameters, (steps, at, ratio) -> new double[] {1}));

    private Hold() {}
}
