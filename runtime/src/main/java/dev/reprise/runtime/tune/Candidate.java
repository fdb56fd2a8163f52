package dev.reprise.runtime.tune;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.policy.PolicyCatalogue;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A policy with its parameters.
 *
 * @param policy its name
 * @param parameters as they stand in JSON
 */
public record Candidate(String policy, Map<String, Object> parameters) {
    public Candidate {
        parameters = new LinkedHashMap<>(parameters);
    }

    @Override
    public Map<String, Object> parameters() {
        return new LinkedHashMap<>(parameters);
    }

    /** A schedule, with weights fitted to these increments where its form says so. */
    static Candidate of(Schedule schedule, @Nullable Increments increments) {
        Object what = schedule.form().what();
        if (schedule.form().isFitted() && increments != null) {
            what = Map.of(
                    "fitted",
                    Map.of(
                            "weights",
                            increments
                                    .fitted(schedule.mask(), schedule.form().blend())
                                    .rows()));
        }
        return new Candidate(
                "combined",
                ordered(
                        "when", Map.of("mask", Map.of("steps", schedule.mask())),
                        "what", what,
                        "where", schedule.form().where()));
    }

    static Map<String, Object> ordered(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }

    CachePolicy build() {
        return PolicyCatalogue.parse(policy, parameters);
    }

    @Override
    public String toString() {
        return policy + parameters;
    }
}
