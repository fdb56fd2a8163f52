package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import org.jspecify.annotations.Nullable;

/** What one tensor will be at a later step, from its values at computed steps. State of one context; tensors are in the cache. */
public interface Forecast {
    String TAYLOR = "taylor";
    String LAGRANGE = "lagrange";

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

    /** Empties its slots. */
    void forget(Cache cache);

    /** Why nothing can be reused. */
    Reason missing(Cache cache);

    /**
     * A forecast through the last computed steps. Order 0 is the last value as it was.
     *
     * @param storage element type to keep tensors in, null for their own
     */
    static Forecast of(String kind, String slot, int order, @Nullable ElementType storage) {
        return kind.equals(LAGRANGE)
                ? new LagrangeForecast(slot, order, storage)
                : new TaylorForecast(slot, order, storage);
    }

    /** The last value as it was. */
    static Forecast last(String slot) {
        return new TaylorForecast(slot, 0, null);
    }
}
