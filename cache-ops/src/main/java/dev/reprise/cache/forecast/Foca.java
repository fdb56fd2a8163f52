package dev.reprise.cache.forecast;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecast;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.reuse.FocaForecast;
import dev.reprise.graph.ElementType;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * FoCa: the value goes on from the last computed one by the mean of two slopes, that between the last two computed steps and that between
 * the last two values of any kind (Heun's rule), damped beyond a horizon. {@link FocaForecast} has the formula. The published code takes
 * the difference of the last two computed values for their slope whatever the distance; {@code slope_per_step} false does so too.
 *
 * <p>Source: https://arxiv.org/abs/2508.16211, as in cache-dit.
 */
public final class Foca implements Forecasting {
    public static final Parameter<Double> HORIZON = Parameter.of(
            "horizon",
            ParameterType.number(0),
            FocaForecast.HORIZON,
            "steps",
            "Damp towards the last computed value beyond so many steps");
    public static final Parameter<Boolean> SLOPE_PER_STEP = Parameter.of(
            "slope_per_step",
            ParameterType.flag(),
            true,
            "",
            "Divide the difference of computed values by the steps between them; false is the published code");

    public static final PartType<Forecasting> TYPE = new PartType<>(
            "foca",
            "Heun's rule over computed and forecast values, with a horizon (FoCa)",
            "https://arxiv.org/abs/2508.16211",
            List.of(HORIZON, SLOPE_PER_STEP, Linear.HISTORY_DTYPE),
            parameters -> new Foca(
                    parameters.get(HORIZON),
                    parameters.get(SLOPE_PER_STEP),
                    parameters.find(Linear.HISTORY_DTYPE).orElse(null)));

    private final double horizon;
    private final boolean perStep;
    private final @Nullable ElementType storage;

    private Foca(double horizon, boolean perStep, @Nullable ElementType storage) {
        this.horizon = horizon;
        this.perStep = perStep;
        this.storage = storage;
    }

    @Override
    public int copies() {
        return FocaForecast.COPIES;
    }

    @Override
    public boolean predicts() {
        return true;
    }

    @Override
    public Forecast of(String slot, ToDoubleFunction<DenoisingStep> ratio) {
        return new FocaForecast(slot, horizon, perStep, storage);
    }
}
