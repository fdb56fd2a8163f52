package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.part.Forecast;
import dev.reprise.graph.ElementType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * FoCa's forecast: Heun's rule over the slope of the last two computed values {@code y_a, y_b} and that of the last two values whether
 * computed or forecast.
 *
 * <pre>
 *   f_k = share·(y_a + min(k, h)/2 · (s·(y_a − y_b) + f_{k−1} − f_{k−2})) + (1 − share)·y_a      share = min(1, h/k)
 *   f_0 = y_a,  f₋₁ the last forecast before a, or y_b;  s = 1/(a − b), or 1
 * </pre>
 *
 * Every f is a weighted sum of y_a, y_b and f₋₁. State of one context; tensors are in the cache.
 */
public final class FocaForecast implements Forecast {
    /** How many tensors it keeps. */
    public static final int COPIES = 3;

    /** The published horizon. */
    public static final double HORIZON = 3;

    private final String slot;
    private final double horizon;
    private final boolean perStep;
    private final @Nullable ElementType storage;

    private ElementType type = ElementType.FLOAT;
    private int newest = -1;
    private int window;
    // How far the last forecast went, 0 after a computed step.
    private int reached;

    /**
     * A forecast of one tensor.
     *
     * @param slot where it keeps tensors, a name of its own within the policy
     * @param horizon h
     * @param perStep whether s divides by the steps between the computed values, which the published code does not
     * @param storage element type to keep tensors in, null for their own
     */
    public FocaForecast(String slot, double horizon, boolean perStep, @Nullable ElementType storage) {
        this.slot = slot;
        this.horizon = horizon;
        this.perStep = perStep;
        this.storage = storage;
    }

    /** Weights of y_a, y_b and f₋₁, {@code steps} past a. */
    private double[] weights(int steps) {
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
        double[] all = weights(steps);
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
        for (int i = 0; i < COPIES; i++) {
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
