package dev.reprise.graph.recording;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a recorded model is made of, and what its parts computed at a few steps: enough to say later where a changed model first goes
 * another way. Small: no weight and no tensor is in it.
 *
 * @param model nodes and weights
 * @param steps what was computed at a few steps, in order
 */
public record Fingerprint(ModelFingerprint model, List<StepValues> steps) {
    /** How many steps are looked at, at most. */
    private static final int MOST_STEPS = 3;

    public Fingerprint {
        steps = List.copyOf(steps);
    }

    /** The steps to look at: the first, the one in the middle, the last. */
    public static List<Integer> chosenSteps(int count) {
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < Math.min(count, MOST_STEPS); i++) {
            chosen.add(count <= MOST_STEPS ? Integer.valueOf(i) : Integer.valueOf(i * (count - 1) / (MOST_STEPS - 1)));
        }
        return chosen;
    }

    /**
     * What was computed at one step without a policy.
     *
     * @param step denoising step
     * @param values by tensor name, in the order in which they were computed
     */
    public record StepValues(int step, Map<String, ValueFingerprint> values) {
        public StepValues {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
            if (step < 0) {
                throw new IllegalArgumentException("step must be 0 or more, was " + step);
            }
        }
    }
}
