package dev.reprise.cache.reuse;

import dev.reprise.cache.parameter.ForecastKind;
import dev.reprise.cache.part.Forecast;
import dev.reprise.graph.ElementType;
import org.jspecify.annotations.Nullable;

/** The forecasts that named policies choose from. */
public final class Forecasts {
    private Forecasts() {}

    /**
     * A forecast through the values of the last {@code order + 1} computed steps; of the last one alone for {@link ForecastKind#LAST}.
     *
     * @param slot where it keeps tensors, a name of its own within the policy
     * @param storage element type to keep tensors in, null for their own
     */
    public static Forecast of(ForecastKind kind, String slot, int order, @Nullable ElementType storage) {
        return switch (kind) {
            case LAST -> new TaylorForecast(slot, 0, storage);
            case TAYLOR -> new TaylorForecast(slot, order, storage);
            case LAGRANGE -> new SampleForecast(slot, order + 1, storage, Weights::lagrange);
            case FOCA -> new FocaForecast(slot, FocaForecast.HORIZON, false, storage);
        };
    }

    /** How many tensors such a forecast keeps. */
    public static int copies(ForecastKind kind, int order) {
        return switch (kind) {
            case LAST -> 1;
            case TAYLOR, LAGRANGE -> order + 1;
            case FOCA -> FocaForecast.COPIES;
        };
    }
}
