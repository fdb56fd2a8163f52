package dev.reprise.cache.forecast;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.part.Forecast;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.reuse.SampleForecast;
import dev.reprise.graph.ElementType;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** A forecast that is a weighted sum of the values of the last computed steps. */
final class Linear implements Forecasting {
    static final Parameter<ElementType> HISTORY_DTYPE = Parameter.optional(
            "history_dtype",
            ParameterType.floatType(),
            "",
            "Element type to keep values in; unset keeps them as they are");

    /** The weights at a step, with what the indicator says about how far it is. */
    @FunctionalInterface
    interface Rule {
        double[] weights(List<Integer> steps, DenoisingStep at, double ratio);
    }

    private final int history;
    private final @Nullable ElementType storage;
    private final Rule rule;

    Linear(int history, Parameters parameters, Rule rule) {
        this.history = history;
        this.storage = parameters.find(HISTORY_DTYPE).orElse(null);
        this.rule = rule;
    }

    @Override
    public int copies() {
        return history;
    }

    @Override
    public boolean predicts() {
        return history > 1;
    }

    @Override
    public Forecast of(String slot, ToDoubleFunction<DenoisingStep> ratio) {
        return new SampleForecast(
                slot, history, storage, (steps, at) -> rule.weights(steps, at, ratio.applyAsDouble(at)));
    }
}
