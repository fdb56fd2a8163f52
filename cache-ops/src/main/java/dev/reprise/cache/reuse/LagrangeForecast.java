package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Extrapolation by the polynomial through the last {@code order + 1} samples:
 * {@code ŷ(t) = Σ yᵢ · Π_{j≠i} (t − tⱼ)/(tᵢ − tⱼ)}. Exact for polynomials of that order whatever the spacing of the samples.
 */
final class LagrangeForecast implements Forecast {
    private final String slot;
    private final int order;
    private final @Nullable ElementType storage;

    private ElementType type = ElementType.FLOAT;
    // Steps of the samples, oldest first; the sample of steps.get(i) is in the ring slot rings.get(i).
    private final List<Integer> steps = new ArrayList<>();
    private final List<Integer> rings = new ArrayList<>();

    LagrangeForecast(String slot, int order, @Nullable ElementType storage) {
        this.slot = slot;
        this.order = order;
        this.storage = storage;
    }

    @Override
    public boolean keep(DenoisingStep step, Tensor value) {
        int newest = steps.size() - 1;
        if (newest >= 0 && (step.index() < steps.get(newest) || !ready(step.cache()))) {
            forget(step.cache());
            newest = -1;
        }
        int ring;
        if (newest >= 0 && steps.get(newest) == step.index()) {
            ring = rings.get(newest);
            drop(newest);
        } else if (steps.size() > order) {
            ring = rings.get(0);
            drop(0);
        } else {
            ring = steps.size();
        }
        type = value.elementType();
        Tensor stored = storage == null ? value : step.math().cast(value, storage);
        if (!step.cache().put(slot(ring), stored)) {
            forgetSamples(step.cache(), ring);
            return false;
        }
        steps.add(step.index());
        rings.add(ring);
        return true;
    }

    @Override
    public boolean ready(Cache cache) {
        return !rings.isEmpty() && rings.stream().noneMatch(ring -> cache.get(slot(ring)) == null);
    }

    @Override
    public Tensor at(DenoisingStep step) {
        List<Tensor> samples = new ArrayList<>();
        List<Float> weights = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            Tensor sample = step.cache().get(slot(rings.get(i)));
            if (sample == null) {
                throw new IllegalStateException(slot(rings.get(i)) + " left the cache within a step");
            }
            samples.add(sample);
            weights.add((float) weight(i, step.index()));
        }
        return samples.size() == 1
                ? step.math().cast(samples.get(0), type)
                : step.math().combine(type, weights, samples);
    }

    private double weight(int sample, int at) {
        double weight = 1;
        for (int other = 0; other < steps.size(); other++) {
            if (other != sample) {
                weight *= (double) (at - steps.get(other)) / (steps.get(sample) - steps.get(other));
            }
        }
        return weight;
    }

    @Override
    public @Nullable Tensor last(Cache cache) {
        return rings.isEmpty() ? null : cache.get(slot(rings.get(rings.size() - 1)));
    }

    @Override
    public void forget(Cache cache) {
        forgetSamples(cache, -1);
    }

    @Override
    public Reason missing(Cache cache) {
        for (int ring = 0; ring <= order; ring++) {
            if (cache.overBudget(slot(ring))) {
                return Reason.BUDGET;
            }
        }
        return Reason.FIRST_STEP;
    }

    /** Empties all slots but one, whose refusal the cache remembers. */
    private void forgetSamples(Cache cache, int except) {
        for (int ring = 0; ring <= order; ring++) {
            if (ring != except) {
                cache.remove(slot(ring));
            }
        }
        steps.clear();
        rings.clear();
    }

    private void drop(int sample) {
        steps.remove(sample);
        rings.remove(sample);
    }

    private String slot(int ring) {
        return slot + "/y" + ring;
    }
}
