package dev.reprise.cache.indicator;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;

/**
 * Spectrum's window, which grows: with n steps skipped in a row, compute ⇔ {@code (n + 1) mod ⌊window⌋ = 0}, and then
 * {@code window += growth}.
 *
 * <p>Source: https://arxiv.org/abs/2603.01623.
 */
public final class GrowingWindow implements Indicator {
    public static final Parameter<Double> WINDOW =
            Parameter.of("window", ParameterType.number(1), 2.0, "steps", "Compute every so many steps at first");
    public static final Parameter<Double> GROWTH = Parameter.of(
            "growth", ParameterType.number(0), 0.75, "steps", "What the window grows by at each computed step");

    public static final PartType<Indicator> TYPE = new PartType<>(
            "growing_window",
            "Compute at distances that grow",
            "https://arxiv.org/abs/2603.01623",
            List.of(WINDOW, GROWTH),
            values -> new GrowingWindow(values.get(WINDOW), values.get(GROWTH)));

    private final double window;
    private final double growth;

    private GrowingWindow(double window, double growth) {
        this.window = window;
        this.growth = growth;
    }

    @Override
    public Bound bind(String policy, Manifest model) {
        return Bound.withoutProbe(State::new);
    }

    private final class State implements Indicator.State {
        private double current = window;
        private int skipped;

        @Override
        public Verdict judge(DenoisingStep step) {
            boolean compute = (skipped + 1) % (int) Math.floor(current) == 0;
            if (compute) {
                // To three digits, as the published code: sums of a growth such as 0.1 would miss whole numbers.
                current = Math.rint((current + growth) * 1000) / 1000;
            }
            return Verdict.of(compute, Reason.INTERVAL);
        }

        @Override
        public void after(DenoisingStep step, boolean computed) {
            skipped = computed ? 0 : skipped + 1;
        }
    }
}
