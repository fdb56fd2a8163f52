package dev.reprise.cache.indicator;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;

/** Interval: computes {@code every} steps after the last computed one. */
public final class Interval implements Indicator {
    public static final Parameter<Integer> EVERY =
            Parameter.of("every", ParameterType.integer(1), 3, "steps", "Compute every so many steps");

    public static final PartType<Indicator> TYPE = new PartType<>(
            "interval", "Compute every n-th step", "", List.of(EVERY), values -> new Interval(values.get(EVERY)));

    private final int every;

    private Interval(int every) {
        this.every = every;
    }

    @Override
    public Bound bind(String policy, Manifest model) {
        return Bound.withoutProbe(State::new);
    }

    private final class State implements Indicator.State {
        private int computed;

        @Override
        public Verdict judge(DenoisingStep step) {
            return Verdict.of(step.index() - computed >= every, Reason.INTERVAL);
        }

        @Override
        public void after(DenoisingStep step, boolean computes) {
            if (computes) {
                computed = step.index();
            }
        }
    }
}
