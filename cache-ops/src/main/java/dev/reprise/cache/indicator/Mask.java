package dev.reprise.cache.indicator;

import dev.reprise.cache.Reason;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import dev.reprise.cache.reuse.ComputationMask;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;

/** Mask: a fixed schedule, 1 computes a step and 0 skips it. Steps behind its end compute. */
public final class Mask implements Indicator {
    public static final Parameter<String> STEPS = Parameter.of(
            "steps",
            ParameterType.mask(ComputationMask.PRESETS),
            "1",
            "steps",
            "1 computes a step, 0 skips it; or a preset of cache-dit");

    public static final PartType<Indicator> TYPE = new PartType<>(
            "mask",
            "Compute the steps that a 0/1 mask says",
            "",
            List.of(STEPS),
            values -> new Mask(new ComputationMask(values.get(STEPS))));

    private final ComputationMask mask;

    private Mask(ComputationMask mask) {
        this.mask = mask;
    }

    @Override
    public Bound bind(String policy, Manifest model) {
        return Bound.withoutProbe(() -> step -> {
            String steps = mask.of(policy, step);
            boolean compute = step.index() >= steps.length() || steps.charAt(step.index()) == '1';
            return Verdict.of(compute, Reason.MASK);
        });
    }

    @Override
    public boolean computesAlways() {
        return mask.computesAlways();
    }
}
