package dev.reprise.cache.forecast;

import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.reuse.Weights;
import java.util.List;

/**
 * HiCache's series of recursive differences in contracted Hermite polynomials: {@code ŷ = Σ dⁱ·σⁱ·Hᵢ(σk)/i!}, {@code H₀ = 1},
 * {@code H₁ = 2x}, {@code Hₙ₊₁ = 2x·Hₙ − 2n·Hₙ₋₁}. The first order is {@code 2σ²k}: with σ = √½ a straight line goes on straight, with the
 * published 0.5 it goes on at half its slope, which damps.
 *
 * <p>Source: https://arxiv.org/abs/2508.16984.
 */
public final class Hermite {
    public static final Parameter<Integer> ORDER =
            Parameter.of("order", ParameterType.integer(0), 2, "", "Highest difference");
    public static final Parameter<Double> SIGMA = Parameter.of(
            "sigma", ParameterType.number(0, 1), 0.5, "", "Contraction; 0.7071 goes on linearly, less damps");

    public static final PartType<Forecasting> TYPE = new PartType<>(
            "hermite",
            "A damped series of recursive differences in Hermite polynomials (HiCache)",
            "https://arxiv.org/abs/2508.16984",
            List.of(ORDER, SIGMA, Linear.HISTORY_DTYPE),
            parameters -> {
                double sigma = parameters.get(SIGMA);
                return new Linear(
                        parameters.get(ORDER) + 1,
                        parameters,
                        (steps, at, ratio) -> Weights.differences(
                                steps, at.index(), (i, k) -> Math.pow(sigma, i) * polynomial(i, sigma * k)));
            });

    private Hermite() {}

    /** The physicists' Hermite polynomial Hₙ. */
    private static double polynomial(int n, double x) {
        double before = 0;
        double value = 1;
        for (int i = 0; i < n; i++) {
            double next = 2 * x * value - 2 * i * before;
            before = value;
            value = next;
        }
        return value;
    }
}
