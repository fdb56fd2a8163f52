package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.part.Forecast;
import dev.reprise.graph.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The linear forecaster: {@code ŷ = Σ wᵢ·yᵢ} over the values {@code yᵢ} of the last computed steps. The weights are scalars that the host
 * works out from the steps; the sum is one fragment where the model runs. State of one context; tensors are in the cache.
 */
public final class SampleForecast implements Forecast {
    private final String slot;
    private final int history;
    private final @Nullable ElementType storage;
    private final Weights weights;

    private ElementType type = ElementType.FLOAT;
    // Steps of the samples, oldest first; the sample of steps.get(i) is in the ring slot rings.get(i).
    private final List<Integer> steps = new ArrayList<>();
    private final List<Integer> rings = new ArrayList<>();
    // What the forecasts since the last computed step gave each sample, all in all, and at which steps they were.
    private double[] spent = {};
    private final List<Integer> forecastAt = new ArrayList<>();

    /**
     * A forecast of one tensor.
     *
     * @param slot where it keeps tensors, a name of its own within the policy
     * @param history how many values it keeps
     * @param storage element type to keep tensors in, null for their own
     * @param weights of the values kept
     */
    public SampleForecast(String slot, int history, @Nullable ElementType storage, Weights weights) {
        this.slot = slot;
        this.history = history;
        this.storage = storage;
        this.weights = weights;
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
        } else if (steps.size() >= history) {
            ring = rings.get(0);
            drop(0);
        } else {
            ring = steps.size();
        }
        forecastAt.clear();
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
        double[] all = weights.of(List.copyOf(steps), step);
        account(step.index(), all);
        List<Tensor> samples = new ArrayList<>();
        List<Float> used = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            samples.add(sample(step.cache(), i));
            used.add((float) all[i]);
        }
        return samples.size() == 1 && all[0] == 1
                ? step.math().cast(samples.get(0), type)
                : step.math().combine(type, used, samples);
    }

    private Tensor sample(Cache cache, int i) {
        String slot = slot(rings.get(i));
        Tensor sample = cache.get(slot);
        if (sample == null) {
            throw new IllegalStateException(slot + " left the cache within a step");
        }
        return sample;
    }

    private void account(int step, double[] weights) {
        if (forecastAt.isEmpty()) {
            spent = new double[weights.length];
        }
        if (!forecastAt.contains(step)) {
            forecastAt.add(step);
            for (int i = 0; i < weights.length; i++) {
                spent[i] += weights[i];
            }
        }
    }

    @Override
    public Tensor calibrated(DenoisingStep step, Tensor value) {
        if (!ready(step.cache()) || step.index() <= steps.get(steps.size() - 1)) {
            return value;
        }
        double[] all = weights.calibrated(List.copyOf(steps), step);
        if (all == null && forecastAt.isEmpty()) {
            return value;
        }
        if (all == null) {
            all = missed(step.index());
        }
        List<Tensor> tensors = new ArrayList<>();
        List<Float> used = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            tensors.add(sample(step.cache(), i));
            used.add((float) all[i]);
        }
        tensors.add(0, value);
        used.add(0, (float) all[all.length - 1]);
        return step.math().combine(value.elementType(), used, tensors);
    }

    /** Weights of the value at this step and what the forecasts missed of the line to it. */
    private double[] missed(int step) {
        int newest = steps.get(steps.size() - 1);
        double[] missed = new double[spent.length + 1];
        missed[spent.length] = 1;
        for (int i = 0; i < spent.length; i++) {
            missed[i] = -spent[i];
        }
        for (int at : forecastAt) {
            double share = (double) (at - newest) / (step - newest);
            missed[spent.length] += share;
            missed[spent.length - 1] += 1 - share;
        }
        return missed;
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
        return cache.missing(IntStream.range(0, history).mapToObj(this::slot).toList());
    }

    /** Empties all slots but one, whose refusal the cache remembers. */
    private void forgetSamples(Cache cache, int except) {
        for (int ring = 0; ring < history; ring++) {
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
