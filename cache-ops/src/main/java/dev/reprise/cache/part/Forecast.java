package dev.reprise.cache.part;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** What one tensor will be at a later step, from its values at computed steps. State of one context; tensors are in the cache. */
public interface Forecast {
    /**
     * Takes in the value of a computed step.
     *
     * @return false when the cache has no room for it: then nothing is kept
     */
    boolean keep(DenoisingStep step, Tensor value);

    /** Whether everything it needs is in the cache. */
    boolean ready(Cache cache);

    /** The value at this step. Only when {@link #ready}. */
    Tensor at(DenoisingStep step);

    /**
     * A value just computed, with what the forecasts since the last computed step missed: the straight line between both computed values
     * less the forecasts. Before {@link #keep} takes the value in. The value itself where nothing was forecast.
     */
    default Tensor calibrated(DenoisingStep step, Tensor value) {
        return value;
    }

    /** The last value that it took in, in the element type it is kept in; null when none is kept. */
    @Nullable
    Tensor last(Cache cache);

    /** Empties its slots. */
    void forget(Cache cache);

    /** Why nothing can be reused. */
    Reason missing(Cache cache);

    /** Why nothing can be reused of several that are of use together only. */
    static Reason missing(Collection<Forecast> forecasts, Cache cache) {
        boolean refused =
                forecasts.stream().anyMatch(forecast -> forecast.missing(cache).equals(Reason.BUDGET));
        return refused ? Reason.BUDGET : Reason.FIRST_STEP;
    }
}
