package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.math.Tensor;

/**
 * The probe of the last computed step of one context, which later probes are compared with. Its norm is taken once: a comparison
 * reads each tensor once.
 */
final class Anchor {
    private static final String SLOT = "probe";

    private float norm;

    boolean ready(Cache cache) {
        return cache.get(SLOT) != null;
    }

    /** Whether it is missing because the cache had no room for it. */
    boolean overBudget(Cache cache) {
        return cache.overBudget(SLOT);
    }

    /** {@code ‖a − p‖ / ‖a‖} with {@code ‖z‖ = mean(|z|)}; NaN where both are zero. Only when {@link #ready}. */
    float difference(DenoisingStep step, Tensor probe) {
        Tensor anchor = step.cache().get(SLOT);
        if (anchor == null) {
            throw new IllegalStateException("there is no anchor to compare a probe with");
        }
        return step.math().distance(anchor, probe) / norm;
    }

    /** Makes this probe the anchor. */
    void keep(DenoisingStep step, Tensor probe) {
        if (step.cache().put(SLOT, probe)) {
            norm = step.math().meanAbs(probe);
        }
    }

    void forget(Cache cache) {
        cache.remove(SLOT);
    }
}
