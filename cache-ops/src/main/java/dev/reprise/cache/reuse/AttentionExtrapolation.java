package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The attention half of FasterCache: the last two outputs of one module, extrapolated in place of running it,
 * {@code y₁ + (y₁ − y₂)·w}. The pair shifts on every step: an extrapolated value becomes the new y₁. Only the conditional half of
 * a batch is kept. State of one context.
 */
public final class AttentionExtrapolation {
    private final AttentionSchedule schedule;
    // Outputs that ran: one that nobody needs never runs.
    private final Map<String, LastTwo> kept = new LinkedHashMap<>();
    private boolean computing;
    private boolean refused;

    public AttentionExtrapolation(AttentionSchedule schedule) {
        this.schedule = schedule;
    }

    /**
     * Decides and provides.
     *
     * @param maySkip whether what is kept has the batch of this step
     * @param weight how far to extrapolate
     */
    public void before(DenoisingStep step, boolean maySkip, double weight) {
        computing = true;
        if (kept.isEmpty() || !kept.values().stream().allMatch(pair -> pair.ready(step.cache()))) {
            compute(step, refused ? Reason.BUDGET : Reason.FIRST_STEP);
        } else if (!schedule.timesteps().contains(step.timestep())) {
            compute(step, Reason.OUT_OF_RANGE);
        } else if (step.index() > 0 && step.index() % schedule.skipRange() == 0) {
            compute(step, Reason.INTERVAL);
        } else if (!maySkip) {
            compute(step, Reason.FULL_BATCH);
        } else {
            computing = false;
            Map<String, Tensor> extrapolated = new LinkedHashMap<>();
            kept.forEach((output, pair) -> extrapolated.put(output, extrapolate(step, pair, weight)));
            extrapolated.forEach(step::provide);
            extrapolated.forEach((output, tensor) -> push(step, output, tensor));
            step.decide(schedule.path(), Decision.PREDICT, Reason.INTERVAL);
        }
    }

    /**
     * Keeps what was computed.
     *
     * @param fullBatch whether the step ran both halves of the batch, of which the second is kept
     */
    public void after(DenoisingStep step, boolean fullBatch) {
        if (!computing) {
            return;
        }
        refused = false;
        for (String output : schedule.outputs()) {
            Tensor tensor = step.computed(output);
            if (tensor == null) {
                forget(step.cache(), output);
            } else if (!refused) {
                push(step, output, fullBatch ? step.math().secondHalf(tensor) : tensor);
            }
        }
    }

    private void compute(DenoisingStep step, Reason reason) {
        schedule.outputs().forEach(step::observe);
        step.decide(schedule.path(), Decision.COMPUTE, reason);
    }

    private static Tensor extrapolate(DenoisingStep step, LastTwo pair, double weight) {
        Tensor newest = pair.newest(step.cache());
        Tensor older = pair.older(step.cache());
        if (newest == null) {
            throw new IllegalStateException("a kept attention output left the cache within a step");
        }
        if (older == null) {
            return newest;
        }
        return step.math().combine(List.of((float) (1 + weight), (float) -weight), List.of(newest, older));
    }

    private void push(DenoisingStep step, String output, Tensor tensor) {
        LastTwo pair = kept.computeIfAbsent(output, LastTwo::new);
        if (!pair.push(step.cache(), tensor)) {
            // One output without the other is of no use.
            refused = true;
            List.copyOf(kept.keySet()).forEach(each -> forget(step.cache(), each));
        }
    }

    private void forget(Cache cache, String output) {
        LastTwo pair = kept.remove(output);
        if (pair != null) {
            pair.forget(cache);
        }
    }
}
