package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.ForecastKind;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The outputs of the whole model at the computed steps of one context, kept to stand in for running it. Works on any graph. */
public final class ModelOutputs implements Skippable {
    private final Map<String, Forecast> forecasts = new LinkedHashMap<>();

    private ModelOutputs(List<String> outputs, ForecastKind kind, int order) {
        outputs.forEach(output -> forecasts.put(output, Forecast.of(kind, "output." + output, order, null)));
    }

    /** Each output as it was last. */
    public static ModelOutputs last(List<String> outputs) {
        return forecast(outputs, ForecastKind.LAST, 0);
    }

    /** A forecast of each output. */
    public static ModelOutputs forecast(List<String> outputs, ForecastKind kind, int order) {
        return new ModelOutputs(outputs, kind, order);
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
            kept &= entry.getValue().keep(step, step.output(entry.getKey()));
        }
        return kept;
    }

    @Override
    public void skip(DenoisingStep step) {
        forecasts.forEach((output, forecast) -> step.provide(output, forecast.at(step)));
    }
}
