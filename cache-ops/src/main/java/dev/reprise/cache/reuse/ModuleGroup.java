package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.part.Forecast;
import dev.reprise.cache.part.Skippable;
import java.util.List;
import java.util.function.Function;

/** Modules that are computed or forecast together. State of one context. */
public final class ModuleGroup implements Skippable {
    private final List<ModuleForecast> modules;

    public ModuleGroup(List<SkippedModule> modules, Function<String, Forecast> forecast) {
        this.modules = modules.stream()
                .map(module -> new ModuleForecast(module, forecast))
                .toList();
    }

    @Override
    public boolean ready(Cache cache) {
        return modules.stream().allMatch(module -> module.ready(cache));
    }

    @Override
    public Reason missing(Cache cache) {
        return modules.stream()
                .filter(module -> !module.ready(cache))
                .findFirst()
                .map(module -> module.missing(cache))
                .orElse(Reason.FIRST_STEP);
    }

    @Override
    public void observe(DenoisingStep step) {
        modules.forEach(module -> module.observe(step));
    }

    @Override
    public boolean keep(DenoisingStep step) {
        modules.forEach(module -> module.after(step));
        return ready(step.cache());
    }

    @Override
    public void skip(DenoisingStep step) {
        modules.forEach(module -> module.skip(step));
    }
}
