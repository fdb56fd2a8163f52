package dev.reprise.runtime.tune;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a search found.
 *
 * @param budget what was asked for
 * @param steps denoising steps of a generation
 * @param best the best policy, measured on held-out samples
 * @param ranking the best schedule and the best setting of every preset at that budget, on held-out samples, best first
 * @param uncachedStepMillis mean time of a step without a policy
 * @param speedup of the best policy, timed in turns with no policy
 * @param evaluations candidates that were run
 * @param tried each of them
 * @param finished whether the search came to its end, rather than being stopped or failing
 * @param checked whether the ranking was measured on held-out samples; else it is the best so far on those tuned on
 * @param failure what the rollout threw, null when nothing
 * @param scores of all candidates on the samples tuned on, for {@link TuningSettings#known}
 */
public record Tuned(
        Budget budget,
        int steps,
        Measured best,
        List<Measured> ranking,
        double uncachedStepMillis,
        double speedup,
        int evaluations,
        List<Measured> tried,
        boolean finished,
        boolean checked,
        @Nullable RuntimeException failure,
        Map<String, Double> scores) {
    public Tuned {
        ranking = List.copyOf(ranking);
        tried = List.copyOf(tried);
        scores = new LinkedHashMap<>(scores);
    }

    @Override
    public Map<String, Double> scores() {
        return new LinkedHashMap<>(scores);
    }
}
