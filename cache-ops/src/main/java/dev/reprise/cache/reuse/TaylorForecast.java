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
 * Taylor series with recursive differences: {@code d⁰ = y}, {@code dⁱ⁺¹ = (dⁱ_now − dⁱ_before)/w} over the window {@code w}
 * between the last two computed steps; {@code ŷ = Σ dⁱ·kⁱ/i!}, {@code k} steps after the last one.
 */
final class TaylorForecast implements Forecast {
    private final String slot;
    private final int order;
    private final @Nullable ElementType storage;

    private ElementType type = ElementType.FLOAT;
    private int lastStep = -1;
    private int factors;

    TaylorForecast(String slot, int order, @Nullable ElementType storage) {
        this.slot = slot;
        this.order = order;
        this.storage = storage;
    }

    @Override
    public boolean keep(DenoisingStep step, Tensor value) {
        int window = step.index() - lastStep;
        if (window < 0 || !ready(step.cache())) {
            forget(step.cache());
        }
        type = value.elementType();
        List<Tensor> updated = new ArrayList<>(List.of(value));
        if (window > 0) {
            for (int i = 0; i < Math.min(order, factors); i++) {
                Tensor before = step.cache().get(slot(i));
                if (before == null) {
                    break;
                }
                updated.add(step.math().differenceQuotient(updated.get(i), before, window));
            }
            factors = updated.size();
        }
        // A second evaluation of the same step refreshes the value and leaves the slopes.
        factors = Math.max(factors, 1);
        lastStep = step.index();
        for (int i = 0; i < updated.size(); i++) {
            Tensor factor = updated.get(i);
            Tensor stored = storage == null ? factor : step.math().cast(factor, storage);
            if (!step.cache().put(slot(i), stored)) {
                // Fewer terms are still a forecast; without the value there is none.
                for (int j = i + 1; j <= order; j++) {
                    step.cache().remove(slot(j));
                }
                factors = i;
                return i > 0;
            }
        }
        return true;
    }

    @Override
    public boolean ready(Cache cache) {
        for (int i = 0; i < factors; i++) {
            if (cache.get(slot(i)) == null) {
                return false;
            }
        }
        return factors > 0;
    }

    @Override
    public Tensor at(DenoisingStep step) {
        int k = step.index() - lastStep;
        List<Tensor> terms = new ArrayList<>();
        List<Float> coefficients = new ArrayList<>();
        double coefficient = 1;
        for (int i = 0; i < factors; i++) {
            Tensor factor = step.cache().get(slot(i));
            if (factor == null) {
                throw new IllegalStateException(slot(i) + " left the cache within a step");
            }
            terms.add(factor);
            coefficients.add((float) coefficient);
            coefficient *= (double) k / (i + 1);
        }
        return factors == 1 ? step.math().cast(terms.get(0), type) : step.math().combine(type, coefficients, terms);
    }

    @Override
    public @Nullable Tensor last(Cache cache) {
        return cache.get(slot(0));
    }

    @Override
    public void forget(Cache cache) {
        for (int i = 0; i <= order; i++) {
            cache.remove(slot(i));
        }
        factors = 0;
    }

    @Override
    public Reason missing(Cache cache) {
        return cache.missing(List.of(slot(0)));
    }

    private String slot(int i) {
        return slot + "/d" + i;
    }
}
