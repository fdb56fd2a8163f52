package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.ForecastKind;
import dev.reprise.cache.part.Forecast;
import dev.reprise.cache.part.Skippable;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The outputs of the whole model at the computed steps of one context, kept to stand in for running it. Works on any graph. */
public final class ModelOutputs implements Skippable {
    private final Map<String, Forecast> forecasts = new LinkedHashMap<>();
    private final boolean calibrates;

    private ModelOutputs(List<String> outputs, Function<String, Forecast> forecast, boolean calibrates) {
        this.calibrates = calibrates;
        outputs.forEach(output -> forecasts.put(output, forecast.apply("output." + output)));
    }

    /** Each output as it was last. */
    public static ModelOutputs last(List<String> outputs) {
        return forecast(outputs, ForecastKind.LAST, 0);
    }

    /** A forecast of each output. */
    public static ModelOutputs forecast(List<String> outputs, ForecastKind kind, int order) {
        return forecast(outputs, slot -> Forecasts.of(kind, slot, order, null));
    }

    /**
     * A forecast of each output.
     *
     * @param forecast makes the forecast that keeps tensors in a slot
     */
    public static ModelOutputs forecast(List<String> outputs, Function<String, Forecast> forecast) {
        return new ModelOutputs(outputs, forecast, false);
    }

    /** A forecast of each output, where a computed step also returns what the forecasts before it missed: {@link Forecast#calibrated}. */
    public static ModelOutputs calibrated(List<String> outputs, Function<String, Forecast> forecast) {
        return new ModelOutputs(outputs, forecast, true);
    }

    public static List<String> names(Manifest model) {
        return model.outputs().stream().map(TensorSpec::name).toList();
    }

    /** Names of the outputs; those of floating point, because a forecast is arithmetic. */
    public static List<String> floatingPoint(String policy, Manifest model) {
        for (TensorSpec output : model.outputs()) {
            if (!output.elementType().isFloatingPoint()) {
                throw new UnsupportedPolicyException(policy + " needs floating-point model outputs, found "
                        + output.name() + " of type " + output.elementType());
            }
        }
        return names(model);
    }

    @Override
    public boolean ready(Cache cache) {
        return forecasts.values().stream().allMatch(forecast -> forecast.ready(cache));
    }

    @Override
    public Reason missing(Cache cache) {
        return Forecast.missing(forecasts.values(), cache);
    }

    @Override
    public void observe(DenoisingStep step) {
        forecasts.keySet().forEach(step::observe);
    }

    @Override
    public boolean keep(DenoisingStep step) {
        boolean kept = true;
        for (Map.Entry<String, Forecast> entry : forecasts.entrySet()) {
            String output = entry.getKey();
            Tensor value = step.output(output);
            if (calibrates) {
                Tensor calibrated = entry.getValue().calibrated(step, value);
                kept &= entry.getValue().keep(step, value);
                step.replaceOutput(output, calibrated);
            } else {
                kept &= entry.getValue().keep(step, value);
            }
        }
        return kept;
    }

    @Override
    public void skip(DenoisingStep step) {
        forecasts.forEach((output, forecast) -> step.provide(output, forecast.at(step)));
    }
}
