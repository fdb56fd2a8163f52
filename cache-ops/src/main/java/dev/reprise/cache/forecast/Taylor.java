package dev.reprise.cache.forecast;

import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.reuse.Weights;
import java.util.List;

/**
 * Taylor series of recursive differences: {@code d⁰ = y}, {@code dⁱ⁺¹ = (dⁱ_now − dⁱ_before)/window}, {@code ŷ = Σ dⁱ·kⁱ/i!}, k steps past
 * the last computed one. Order 1 is a straight line through the last two values.
 *
 * <p>Source: TaylorSeer, https://arxiv.org/abs/2503.06923.
 */
public final class Taylor {
    public static final Parameter<Integer> ORDER =
            Parameter.of("order", ParameterType.integer(0), 1, "", "Highest derivative");

    public static final PartType<Forecasting> TYPE = new PartType<>(
            "taylor",
            "A Taylor series of recursive differences",
            "https://arxiv.org/abs/2503.06923",
            List.of(ORDER, Linear.HISTORY_DTYPE),
            parameters -> new Linear(
                    parameters.get(ORDER) + 1,
                    parameters,
                    (steps, at, ratio) -> Weights.differences(steps, at.index(), (i, k) -> Math.pow(k, i))));

    private Taylor() {}
}
