package dev.reprise.cache.forecast;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Forecast;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.graph.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * FoCa: the value goes on from the last computed one by the mean of two slopes, that between the last two computed steps and that between
 * the last two values of any kind (Heun's rule), damped beyond a horizon.
 *
 * <pre>
 *   ŷ_k = y_a + k/2·((y_a − y_b)/w + (f_{k−1} − f_{k−2}))       k: steps since a;  f: computed or forecast, f₀ = y_a
 *   k &gt; horizon:  h/k·ŷ_h + (1 − h/k)·y_a, with the slopes of step k
 * </pre>
 *
 * {@code f₋₁} is the value before the last computed one, a forecast where that step was skipped: the slope at a correction, w = steps from b
 * to a. The published code takes {@code w = 1} whatever the distance; {@code slope_per_step} false does so too. Everything is a weighted
 * sum of three kept tensors, y_a, y_b and f₋₁.
 *
 * <p>Source: https://arxiv.org/abs/2508.16211, as in cache-dit.
 */
public final class Foca implements Forecasting {
    public static final Parameter<Double> HORIZON = Parameter.of(
            "horizon",
            ParameterType.number(0),
            3.0,
            "steps",
            "Damp towards the last computed value beyond so many steps");
    public static final Parameter<Boolean> SLOPE_PER_STEP = Parameter.of(
            "slope_per_step",
            ParameterType.flag(),
            true,
            "",
            "Divide the difference of computed values by the steps between them; false is the published code");

    public static final PartType<Forecasting> TYPE = new PartType<>(
            "foca",
            "Heun's rule over computed and forecast values, with a horizon (FoCa)",
            "https://arxiv.org/abs/2508.16211",
            List.of(HORIZON, SLOPE_PER_STEP, Linear.HISTORY_DTYPE),
            parameters -> new Foca(
                    parameters.get(HORIZON),
                    parameters.get(SLOPE_PER_STEP),
                    parameters.find(Linear.HISTORY_DTYPE).orElse(null)));

    private final double horizon;
    private final boolean perStep;
    private final @Nullable ElementType storage;

    private Foca(double horizon, boolean perStep, @Nullable ElementType storage) {
        this.horizon = horizon;
        this.perStep = perStep;
        this.storage = storage;
    }

    @Override
    public int copies() {
        return 3;
    }

    @Override
    public boolean predicts() {
        return true;
    }

    @Override
    public Forecast of(String slot, ToDoubleFunction<DenoisingStep> ratio) {
        return new State(slot);
    }

    /**
     * Weights of y_a, y_b and f₋₁, {@code steps} past a.
     *
     * @param window steps from b to a
     */
    private double[] weights(int steps, int window) {
        double[] before = {0, 0, 1};
        double[] now = {1, 0, 0};
        double slope = perStep ? 1.0 / window : 1;
        for (int k = 1; k <= steps; k++) {
            double reach = Math.min(k, horizon) / 2;
            double share = k <= horizon ? 1 : horizon / k;
            double[] next = new double[3];
            double[] computed = {slope, -slope, 0};
            for (int i = 0; i < 3; i++) {
                next[i] = share * reach * (computed[i] + now[i] - before[i]) + (i == 0 ? 1 : 0);
            }
            before = now;
            now = next;
        }
        return now;
    }

    private final class State implements Forecast {
        private final String slot;
        private ElementType type = ElementType.FLOAT;
        private int newest = -1;
        private int window;
        // How far the last forecast went, 0 after a computed step.
        private int reached;

        State(String slot) {
            this.slot = slot;
        }

        @Override
        public boolean keep(DenoisingStep step, Tensor value) {
            Cache cache = step.cache();
            if (step.index() < newest || !ready(cache)) {
                forget(cache);
            }
            type = value.elementType();
            Tensor stored = storage == null ? value : step.math().cast(value, storage);
            Tensor last = cache.get(slot(0));
            if (last != null && step.index() > newest) {
                Tensor lastForecast = cache.get(slot(1)) == null || reached == 0 ? last : sum(step, reached, null);
                window = step.index() - newest;
                cache.put(slot(2), lastForecast);
                cache.put(slot(1), last);
                // Without room for both the last value is all there is.
                if (cache.get(slot(1)) == null || cache.get(slot(2)) == null) {
                    cache.remove(slot(1));
                    cache.remove(slot(2));
                }
            }
            newest = step.index();
            reached = 0;
            return cache.put(slot(0), stored);
        }

        @Override
        public boolean ready(Cache cache) {
            return newest >= 0 && cache.get(slot(0)) != null;
        }

        @Override
        public Tensor at(DenoisingStep step) {
            reached = step.index() - newest;
            Tensor last = last(step.cache());
            if (last == null) {
                throw new IllegalStateException(slot(0) + " left the cache within a step");
            }
            return step.cache().get(slot(1)) == null ? step.math().cast(last, type) : sum(step, reached, type);
        }

        private Tensor sum(DenoisingStep step, int steps, @Nullable ElementType as) {
            double[] all = weights(steps, window);
            List<Tensor> tensors = new ArrayList<>();
            List<Float> used = new ArrayList<>();
            for (int i = 0; i < all.length; i++) {
                Tensor tensor = step.cache().get(slot(i));
                if (tensor == null) {
                    throw new IllegalStateException(slot(i) + " left the cache within a step");
                }
                tensors.add(tensor);
                used.add((float) all[i]);
            }
            return step.math().combine(as == null ? tensors.get(0).elementType() : as, used, tensors);
        }

        @Override
        public @Nullable Tensor last(Cache cache) {
            return cache.get(slot(0));
        }

        @Override
        public void forget(Cache cache) {
            for (int i = 0; i < 3; i++) {
                cache.remove(slot(i));
            }
            newest = -1;
            reached = 0;
        }

        @Override
        public Reason missing(Cache cache) {
            return cache.missing(List.of(slot(0)));
        }

        private String slot(int i) {
            return slot + "/f" + i;
        }
    }
}
