package dev.reprise.runtime;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Settings of each policy for the contract: one with which it acts, and those with which it must be as if there was none. A policy
 * that acts with its defaults and is stopped by {@code threshold} 0 or {@code warmup_steps} needs no entry.
 */
public final class PolicySettings {
    /** More than any test has. */
    private static final int ALL_STEPS = 1000;

    private static final List<Integer> NEVER = List.of(2000, 3000);
    private static final List<Integer> ALWAYS = List.of(-1, 1001);

    private static final Map<String, Map<String, Object>> ACTIVE = Map.of(
            "pyramid_attention_broadcast",
            Map.of("spatial_attention_block_skip_range", 2, "spatial_attention_timestep_skip_range", ALWAYS),
            "first_block_cache",
            Map.of("threshold", 5),
            "faster_cache",
            Map.of("is_guidance_distilled", true, "spatial_attention_timestep_skip_range", ALWAYS),
            "taylorseer",
            Map.of("cache_interval", 2, "taylor_factors_dtype", "float32"),
            "magcache",
            Map.of("threshold", 5, "num_inference_steps", 10, "mag_ratios", Collections.nCopies(10, 1.0)),
            "teacache",
            Map.of("threshold", 50),
            "dbcache",
            Map.of("threshold", 5, "warmup_steps", 1),
            "easycache",
            Map.of("threshold", 50, "warmup_steps", 2),
            "step_mask",
            Map.of("mask", "1010010011"));

    private static final Map<String, List<Map<String, Object>>> COMPUTING = Map.of(
            "none",
            List.of(Map.of()),
            "pyramid_attention_broadcast",
            List.of(
                    Map.of("spatial_attention_block_skip_range", 1),
                    Map.of("spatial_attention_block_skip_range", 2, "spatial_attention_timestep_skip_range", NEVER)),
            "faster_cache",
            List.of(Map.of("is_guidance_distilled", true, "spatial_attention_timestep_skip_range", NEVER)),
            "taylorseer",
            List.of(Map.of("disable_cache_before_step", ALL_STEPS)),
            "magcache",
            List.of(Map.of(
                    "retention_ratio", 1, "num_inference_steps", 10, "mag_ratios", Collections.nCopies(10, 1.0))),
            "step_mask",
            List.of(Map.of("mask", "1")));

    private PolicySettings() {}

    /** The policy as it skips something within a few steps; {@code none} does not. */
    public static CachePolicy active(PolicyType type) {
        return PolicyCatalogue.parse(type.id(), ACTIVE.getOrDefault(type.id(), Map.of()));
    }

    public static boolean acts(PolicyType type) {
        return !type.id().equals("none");
    }

    /** The policy with all settings that make it compute every step. */
    public static List<CachePolicy> computing(PolicyType type) {
        List<Map<String, Object>> all = new ArrayList<>(COMPUTING.getOrDefault(type.id(), List.of()));
        Set<String> parameters = type.parameters().stream().map(Parameter::name).collect(Collectors.toSet());
        if (parameters.contains("threshold")) {
            all.add(with(type, "threshold", 0));
        }
        if (parameters.contains("warmup_steps")) {
            all.add(with(type, "warmup_steps", ALL_STEPS));
        }
        return all.stream()
                .map(settings -> PolicyCatalogue.parse(type.id(), settings))
                .toList();
    }

    /** The policy with threshold 0, which must not change a bit even where ONNX Runtime optimizes; empty for those without. */
    public static Optional<CachePolicy> thresholdZero(PolicyType type) {
        return type.parameters().stream().anyMatch(parameter -> parameter.name().equals("threshold"))
                ? Optional.of(PolicyCatalogue.parse(type.id(), with(type, "threshold", 0)))
                : Optional.empty();
    }

    private static Map<String, Object> with(PolicyType type, String parameter, Object value) {
        Map<String, Object> settings = new LinkedHashMap<>(ACTIVE.getOrDefault(type.id(), Map.of()));
        settings.put(parameter, value);
        return settings;
    }
}
