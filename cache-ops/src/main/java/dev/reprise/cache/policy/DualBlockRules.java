package dev.reprise.cache.policy;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.part.Indicator.Verdict;
import dev.reprise.cache.reuse.ComputationMask;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * When {@link DualBlockCache} reuses. The first rule that applies decides:
 *
 * <pre>
 *   step &lt; warmup_steps, a multiple of warmup_interval → compute        at most as many steps as the mask computes at its start
 *   mask 1 → compute;  mask 0 and a static mask → reuse
 *   max_cached reuses → compute;  max_continuous reuses in a row → compute
 *   D added to those of the reuses before it exceeds max_accumulated_difference → compute
 *   D &lt; threshold → reuse;  else compute
 * </pre>
 *
 * Reuses in a row and the sum start over at every computed step. Steps behind the end of the mask are decided as if there were none; with a
 * static mask they compute.
 *
 * <p>cache-dit counts otherwise, and {@code cache_dit_counts} does so too: a computed step starts nothing over. A reuse counts as one in a row
 * when it is the first or follows another one, as two when the count was 0; the count starts over where it reached its limit. The sum takes in
 * the differences of computed steps, and is compared before the step's own is measured.
 */
final class DualBlockRules {
    private final String policy;
    private final double threshold;
    private final int warmupSteps;
    private final int warmupInterval;
    private final int maxCached;
    private final int maxContinuous;
    private final double maxAccumulated;
    private final @Nullable ComputationMask mask;
    private final boolean staticMask;
    private final boolean countsOn;

    private int cached;
    private int continuous;
    private double accumulated;
    private int lastReuse = -1;

    DualBlockRules(String policy, Parameters values) {
        this.policy = policy;
        threshold = values.get(DualBlockCache.THRESHOLD);
        warmupSteps = values.get(DualBlockCache.WARMUP_STEPS);
        warmupInterval = values.get(DualBlockCache.WARMUP_INTERVAL);
        maxCached = values.find(DualBlockCache.MAX_CACHED).orElse(Integer.MAX_VALUE);
        maxContinuous = values.find(DualBlockCache.MAX_CONTINUOUS).orElse(Integer.MAX_VALUE);
        maxAccumulated = values.find(DualBlockCache.MAX_ACCUMULATED_DIFFERENCE).orElse(Double.POSITIVE_INFINITY);
        mask = values.find(DualBlockCache.MASK).map(ComputationMask::new).orElse(null);
        staticMask = values.get(DualBlockCache.MASK_POLICY) == DualBlockCache.MaskPolicy.STATIC;
        countsOn = values.get(DualBlockCache.CACHE_DIT_COUNTS);
    }

    /**
     * Whether to compute a step for which there is something to reuse.
     *
     * @param at steps since the first one, or since the last refresh
     * @param difference measures D
     */
    Verdict judge(DenoisingStep step, int at, DoubleSupplier difference) {
        String steps = mask == null ? "" : mask.of(policy, step);
        if (at < warmup(steps) && at % warmupInterval == 0) {
            return Verdict.of(true, Reason.WARMUP);
        }
        boolean masked = at < steps.length();
        if (masked && (staticMask || steps.charAt(at) == '1')) {
            return Verdict.of(steps.charAt(at) == '1', Reason.MASK);
        }
        if (staticMask) {
            return Verdict.of(true, Reason.OUT_OF_RANGE);
        }
        if (cached >= maxCached) {
            return Verdict.of(true, Reason.MAX_CACHED);
        }
        if (continuous >= maxContinuous) {
            continuous = 0;
            return Verdict.of(true, Reason.MAX_CONTINUOUS);
        }
        if (countsOn && accumulated >= maxAccumulated) {
            return Verdict.of(true, Reason.accumulated(accumulated, maxAccumulated));
        }
        return compare(difference.getAsDouble());
    }

    private int warmup(String steps) {
        int computed = steps.indexOf('0');
        return computed < 0 ? warmupSteps : Math.min(warmupSteps, computed);
    }

    private Verdict compare(double difference) {
        double sum = accumulated + difference;
        if (!countsOn && sum > maxAccumulated) {
            return Verdict.of(true, Reason.accumulated(sum, maxAccumulated));
        }
        accumulated = Double.isNaN(sum) ? accumulated : sum;
        return new Verdict(!(difference < threshold), Reason.difference(difference, threshold), difference);
    }

    void computed() {
        if (!countsOn) {
            continuous = 0;
            accumulated = 0;
        }
    }

    void reused(int at) {
        if (!countsOn || cached == 0) {
            continuous++;
        } else if (at == lastReuse + 1) {
            continuous += continuous == 0 ? 2 : 1;
        }
        cached++;
        lastReuse = at;
    }
}
