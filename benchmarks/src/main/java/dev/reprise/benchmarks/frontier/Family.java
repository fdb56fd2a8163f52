package dev.reprise.benchmarks.frontier;

import dev.reprise.runtime.tune.Candidate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleFunction;

/**
 * A policy and the one parameter that trades its quality for speed.
 *
 * @param name of the policy
 * @param low most careful value
 * @param high most aggressive value
 * @param whole whether only whole numbers make sense
 * @param at the policy with a value
 */
record Family(String name, double low, double high, boolean whole, DoubleFunction<Candidate> at) {

    /**
     * All policies that decide by such a parameter. Limits in a row are lifted, or they would rule in place of the parameter.
     *
     * @param steps of a generation
     * @param format of the latents: BCHW or BCFHW
     * @param tables what MagCache and SenCache need to know about the model
     */
    static List<Family> all(int steps, String format, MeasuredTables tables) {
        return List.of(
                interval("output_forecast", "interval", Map.of("warmup_steps", 2, "last_steps", 0), steps),
                interval("taylorseer", "cache_interval", Map.of("use_lite_mode", true), steps),
                interval("hicache", "interval", Map.of("first_enhance", 2), steps),
                interval(
                        "spectrum",
                        "window_size",
                        Map.of("span", steps, "flex_window", 0.25, "warmup_steps", 2),
                        steps),
                threshold("first_block_cache", "threshold", Map.of()),
                threshold("dbcache", "threshold", Map.of("warmup_steps", 2, "forecast", "taylor")),
                threshold("foca", "threshold", Map.of("warmup_steps", 2)),
                threshold("teacache", "threshold", Map.of()),
                threshold("easycache", "threshold", Map.of("warmup_steps", 2)),
                threshold("seacache", "threshold", Map.of("max_consecutive_cached", 0)),
                threshold("dicache", "threshold", Map.of()),
                threshold(
                        "magcache",
                        "threshold",
                        Map.of(
                                "num_inference_steps",
                                steps,
                                "max_skip_steps",
                                steps,
                                "retention_ratio",
                                0.1,
                                "mag_ratios",
                                tables.magnitudeRatios())),
                sensitivity(steps, tables),
                attention(steps),
                fasterCache(format, steps));
    }

    private static Family threshold(String policy, String parameter, Map<String, Object> base) {
        return new Family(policy, 0.01, 5, false, value -> with(policy, base, parameter, threeDigits(value)));
    }

    private static Family interval(String policy, String parameter, Map<String, Object> base, int steps) {
        return new Family(policy, 2, steps, true, value -> with(policy, base, parameter, Math.round(value)));
    }

    /** One threshold for all steps: the published one of the first fifth lets no six evaluations remain. */
    private static Family sensitivity(int steps, MeasuredTables tables) {
        return new Family("sencache", 0.01, 5, false, value -> {
            Map<String, Object> parameters = new TreeMap<>(tables.sensitivities());
            parameters.put("thresh_start", threeDigits(value));
            return with("sencache", parameters, "thresh_main", threeDigits(value), "k", steps);
        });
    }

    private static Family attention(int steps) {
        return new Family("pyramid_attention_broadcast", 2, steps, true, value -> {
            Map<String, Object> parameters = new TreeMap<>();
            for (String kind : List.of("spatial", "cross")) {
                parameters.put(kind + "_attention_block_skip_range", Math.round(value));
                parameters.put(kind + "_attention_timestep_skip_range", List.of(-1, 1001));
            }
            return new Candidate("pyramid_attention_broadcast", parameters);
        });
    }

    private static Family fasterCache(String format, int steps) {
        return new Family("faster_cache", 2, steps, true, value -> {
            Map<String, Object> parameters = new TreeMap<>();
            for (String kind : List.of("spatial_attention_", "unconditional_batch_")) {
                String unit = kind.startsWith("spatial") ? "block_" : "";
                parameters.put(kind + unit + "skip_range", Math.round(value));
                parameters.put(kind + "timestep_skip_range", List.of(-1, 1001));
            }
            parameters.put("tensor_format", format);
            return new Candidate("faster_cache", parameters);
        });
    }

    private static Candidate with(String policy, Map<String, Object> base, Object... more) {
        Map<String, Object> parameters = new TreeMap<>(base);
        for (int i = 0; i < more.length; i += 2) {
            parameters.put((String) more[i], more[i + 1]);
        }
        return new Candidate(policy, parameters);
    }

    /** Three digits: more say nothing. */
    private static double threeDigits(double value) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.3g", value));
    }
}
