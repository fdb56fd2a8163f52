package dev.reprise.runtime.tune;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleFunction;

/**
 * A policy of the field and the parameter that trades its quality for speed.
 *
 * @param name its name
 * @param low most careful value
 * @param high most aggressive value
 * @param whole whether it takes whole numbers only
 * @param at the policy with a value
 */
record Preset(String name, double low, double high, boolean whole, DoubleFunction<Candidate> at) {

    static List<Preset> all(int steps) {
        return List.of(
                interval("output_forecast", "interval", Map.of("warmup_steps", 2, "last_steps", 0), steps),
                interval("hicache", "interval", Map.of("first_enhance", 2), steps),
                interval("taylorseer", "cache_interval", Map.of("use_lite_mode", true), steps),
                threshold("easycache", Map.of("warmup_steps", 2)),
                threshold("dbcache", Map.of("warmup_steps", 2, "forecast", "taylor")),
                threshold("teacache", Map.of()),
                threshold("seacache", Map.of("max_consecutive_cached", 0)),
                interval("spectrum", "window_size", Map.of("span", steps, "flex_window", 0.25), steps),
                threshold("dicache", Map.of()),
                threshold("first_block_cache", Map.of()));
    }

    private static Preset threshold(String policy, Map<String, Object> base) {
        // More digits than this say nothing and read badly.
        return new Preset(
                policy,
                1e-4,
                20,
                false,
                value ->
                        with(policy, base, "threshold", Double.parseDouble(String.format(Locale.ROOT, "%.3g", value))));
    }

    private static Preset interval(String policy, String parameter, Map<String, Object> base, int steps) {
        return new Preset(
                policy, 1, Math.max(2, steps), true, value -> with(policy, base, parameter, Math.round(value)));
    }

    private static Candidate with(String policy, Map<String, Object> base, String parameter, Object value) {
        Map<String, Object> parameters = new TreeMap<>(base);
        parameters.put(parameter, value);
        return new Candidate(policy, parameters);
    }
}
