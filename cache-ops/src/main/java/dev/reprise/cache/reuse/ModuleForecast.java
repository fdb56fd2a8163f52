package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.part.Forecast;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The outputs of one module, predicted from those of its last computed steps. State of one context. */
public final class ModuleForecast {
    private final String path;
    private final Map<String, Forecast> forecasts = new LinkedHashMap<>();
    // Outputs that ran at the last computed step: the others need no stand-in.
    private final Set<String> kept = new HashSet<>();
    private boolean computing;

    /** @param forecast makes the forecast of one output, by its name */
    public ModuleForecast(SkippedModule module, Function<String, Forecast> forecast) {
        path = module.path();
        module.outputs().forEach(output -> forecasts.put(output, forecast.apply(output)));
    }

    /** Whether everything is kept that a predicted step needs. */
    public boolean ready(Cache cache) {
        return kept.stream().allMatch(output -> forecast(output).ready(cache))
                && (!kept.isEmpty() || forecasts.isEmpty());
    }

    /** Why nothing can be predicted. Only when not {@link #ready}. */
    public Reason missing(Cache cache) {
        return Forecast.missing(forecasts.values(), cache);
    }

    /** Stands in for the module at this step. Only when {@link #ready}. */
    public void predict(DenoisingStep step) {
        skip(step);
        step.decide(path, Decision.PREDICT, Reason.INTERVAL);
    }

    /** As {@link #predict}, where somebody else writes the decision. */
    void skip(DenoisingStep step) {
        computing = false;
        forecasts.forEach((output, forecast) -> {
            if (kept.contains(output)) {
                step.provide(output, forecast.at(step));
            }
        });
    }

    /** Lets the module run at this step. */
    public void compute(DenoisingStep step, Reason reason) {
        observe(step);
        step.decide(path, Decision.COMPUTE, reason);
    }

    /** As {@link #compute}, where somebody else writes the decision. */
    void observe(DenoisingStep step) {
        computing = true;
        forecasts.keySet().forEach(step::observe);
    }

    /** Keeps what ran. */
    public void after(DenoisingStep step) {
        if (!computing) {
            return;
        }
        forecasts.forEach((output, forecast) -> {
            Tensor tensor = step.computed(output);
            if (tensor != null) {
                forecast.keep(step, tensor);
                kept.add(output);
            } else {
                forecast.forget(step.cache());
                kept.remove(output);
            }
        });
    }

    private Forecast forecast(String output) {
        Forecast found = forecasts.get(output);
        if (found == null) {
            throw new IllegalStateException("no forecast of " + output);
        }
        return found;
    }
}
