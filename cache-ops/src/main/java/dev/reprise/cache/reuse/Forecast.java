package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.ForecastKind;
import dev.reprise.graph.ElementType;
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

    /**
     * A forecast through the values of the last {@code order + 1} computed steps; of the last one alone for {@link ForecastKind#LAST}.
     *
     * @param slot where it keeps tensors, a name of its own within the policy
     * @param storage element type to keep tensors in, null for their own
     */
    static Forecast of(ForecastKind kind, String slot, int order, @Nullable ElementType storage) {
        return switch (kind) {
            case LAST -> new TaylorForecast(slot, 0, storage);
            case TAYLOR -> new TaylorForecast(slot, order, storage);
            case LAGRANGE -> new LagrangeForecast(slot, order, storage);
        };
    }
}
