package dev.reprise.runtime.tune;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How to search.
 *
 * @param samples rollouts to tune on, numbers 0, 1, …
 * @param heldOut rollouts to check the result on, numbers behind those
 * @param time how long it may take all in all
 * @param seed of the search
 * @param known scores of an earlier search with the same model, rollout and samples, by what {@link Tuned#scores} calls them
 */
public record TuningSettings(int samples, int heldOut, Duration time, long seed, Map<String, Double> known) {
    public TuningSettings {
        if (samples < 1 || heldOut < 1) {
            throw new IllegalArgumentException(
                    "tuning needs at least 1 sample and 1 held out, was " + samples + " and " + heldOut);
        }
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("the time must be above 0, was " + time);
        }
        known = new LinkedHashMap<>(known);
    }

    /** Two rollouts to tune on, two to check with, five minutes. */
    public static TuningSettings usual() {
        return new TuningSettings(2, 2, Duration.ofMinutes(5), 1, Map.of());
    }

    @Override
    public Map<String, Double> known() {
        return new LinkedHashMap<>(known);
    }
}
