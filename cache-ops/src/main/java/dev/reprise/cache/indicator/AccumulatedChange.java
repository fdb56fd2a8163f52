package dev.reprise.cache.indicator;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.part.Indicator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sums how a probe changes from step to step, {@code ‖m_t − m_{t−1}‖/‖m_{t−1}‖}; a computed step starts the sum anew. */
abstract class AccumulatedChange implements Indicator.State {
    private final String slot;
    private final double threshold;
    private double added;
    private double accumulated;
    private @Nullable Tensor probe;

    /** @param slot where it keeps the probe of the last step */
    AccumulatedChange(String slot, double threshold) {
        this.slot = slot;
        this.threshold = threshold;
    }

    /** What is compared with that of the step before. */
    abstract Tensor probe(DenoisingStep step);

    /** What a change adds to the sum. */
    double weigh(double change) {
        return change;
    }

    @Override
    public void observe(DenoisingStep step) {
        Tensor now = probe(step);
        probe = now;
        Tensor last = step.cache().get(slot);
        added = last == null ? Double.NaN : weigh(step.math().relativeDistance(last, now));
        accumulated += added;
    }

    @Override
    public Indicator.Verdict judge(DenoisingStep step) {
        return Double.isNaN(accumulated)
                ? Indicator.Verdict.of(true, step.cache().missing(List.of(slot)))
                : Indicator.Verdict.reaching(accumulated, threshold, added);
    }

    @Override
    public void after(DenoisingStep step, boolean computed) {
        if (computed) {
            accumulated = 0;
        }
        if (probe != null) {
            step.cache().put(slot, probe);
            probe = null;
        }
    }
}
