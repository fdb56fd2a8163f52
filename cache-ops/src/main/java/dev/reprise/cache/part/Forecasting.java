package dev.reprise.cache.part;

import dev.reprise.cache.DenoisingStep;
import java.util.function.ToDoubleFunction;

/** What to return in place of a tensor that is not computed. Immutable; may serve many models and threads. */
public interface Forecasting {
    /** How many tensors it keeps for each one that it forecasts. */
    int copies();

    /** Whether a skipped step is a prediction, rather than what was there before. */
    boolean predicts();

    /**
     * The forecast of one tensor in one context.
     *
     * @param slot where it keeps tensors, a name of its own within the policy
     * @param ratio {@link Indicator.State#ratio} of the policy's indicator
     */
    Forecast of(String slot, ToDoubleFunction<DenoisingStep> ratio);
}
