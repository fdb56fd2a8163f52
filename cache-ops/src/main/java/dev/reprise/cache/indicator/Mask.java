package dev.reprise.cache.indicator;

import dev.reprise.cache.Reason;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;

/** Mask: a fixed schedule, 1 computes a step and 0 skips it. Steps behind its end compute. */
public final class Mask implements Indicator {
    public static final Parameter<String> STEPS =
            Parameter.of("steps", ParameterType.mask(), "1", "steps", "1 computes a step, 0 skips it");

    public static final PartType<Indicator> TYPE = new PartType<>(
            "mask",
            "Compute the steps that a 0/1 mask says",
            "",
            List.of(STEPS),
            values -> new Mask(values.get(STEPS)));

    private final String steps;

    private Mask(String steps) {
        this.steps = steps;
    }

    @Override
    public Bound bind(String policy, Manifest model) {
        return Bound.withoutProbe(() ->
                step -> Verdict.of(step.index() >= steps.length() || steps.charAt(step.index()) == '1', Reason.MASK));
    }

    @Override
    public boolean computesAlways() {
        return steps.indexOf('0') < 0;
    }
}
