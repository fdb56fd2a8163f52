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

/**
 * Settings of a policy for the contract: one with which it acts, and those with which it must be as if there was none. A policy
 * that acts with its defaults and is stopped by {@code threshold} 0 or {@code warmup_steps} needs no entry.
 *
 * @param name the policy's id, with what sets these settings apart from others of the same policy
 * @param type the policy
 * @param acting parameters with which it skips something within a few steps; {@code none} does not
 * @param idle all sets of parameters that make it compute every step
 */
public record PolicySettings(String name, PolicyType type, Map<String, Object> acting, List<Map<String, Object>> idle) {
    /** More than any test has. */
    private static final int ALL_STEPS = 1000;

    private static final List<Integer> NEVER = List.of(2000, 3000);
    private static final List<Integer> ALWAYS = List.of(-1, 1001);

    private static final Map<String, Map<String, Object>> ACTING = Map.ofEntries(
            Map.entry(
                    "pyramid_attention_broadcast",
                    Map.of("spatial_attention_block_skip_range", 2, "spatial_attention_timestep_skip_range", ALWAYS)),
            Map.entry("first_block_cache", Map.of("threshold", 5)),
            Map.entry(
                    "faster_cache",
                    Map.of("is_guidance_distilled", true, "spatial_attention_timestep_skip_range", ALWAYS)),
            Map.entry(
                    "taylorseer",
                    Map.of("cache_interval", 2, "taylor_factors_dtype", "float32", "cache_identifiers", ".*attn\\d?")),
            Map.entry(
                    "magcache",
                    Map.of("threshold", 5, "num_inference_steps", 10, "mag_ratios", Collections.nCopies(10, 1.0))),
            Map.entry("teacache", Map.of("threshold", 50)),
            Map.entry("dbcache", Map.of("threshold", 5, "warmup_steps", 1)),
            Map.entry("easycache", Map.of("threshold", 50, "warmup_steps", 2)),
            Map.entry("step_mask", Map.of("mask", "1010010011")),
            Map.entry("seacache", Map.of("threshold", 50)),
            Map.entry("dicache", Map.of("threshold", 50)),
            Map.entry("sencache", sensitivities(50)),
            Map.entry("foca", Map.of("threshold", 5, "warmup_steps", 1)),
            // The published penalty pulls a constant towards zero; so do more polynomials than there are values.
            Map.entry("spectrum", Map.of("warmup_steps", 2, "lam", 0, "m", 1)));

    private static final Map<String, List<Map<String, Object>>> IDLE = Map.of(
            "none",
            List.of(Map.of()),
            "pyramid_attention_broadcast",
            List.of(
                    Map.of("spatial_attention_block_skip_range", 1),
                    Map.of("spatial_attention_block_skip_range", 2, "spatial_attention_timestep_skip_range", NEVER)),
            "faster_cache",
            List.of(Map.of("is_guidance_distilled", true, "spatial_attention_timestep_skip_range", NEVER)),
            "taylorseer",
            List.of(Map.of("disable_cache_before_step", ALL_STEPS, "cache_identifiers", ".*attn\\d?")),
            "magcache",
            List.of(Map.of(
                    "retention_ratio", 1, "num_inference_steps", 10, "mag_ratios", Collections.nCopies(10, 1.0))),
            "step_mask",
            List.of(Map.of("mask", "1")),
            "sencache",
            List.of(sensitivities(0)),
            "hicache",
            List.of(Map.of("first_enhance", ALL_STEPS)));

    /** Of FasterCache for a batch of [unconditional; conditional] images, whose corrections keep their size. */
    private static final Map<String, Object> TWO_HALVES = Map.of(
            "tensor_format",
            "BCHW",
            "unconditional_conditional_input_kwargs_identifiers",
            List.of(
                    "hidden_states",
                    "encoder_hidden_states",
                    "timestep",
                    "class_labels",
                    "attention_mask",
                    "encoder_attention_mask"),
            "alpha_low_frequency",
            1,
            "alpha_high_frequency",
            1);

    /** Of SenCache, the same at every timestep. */
    private static Map<String, Object> sensitivities(double threshold) {
        return Map.of(
                "thresh_start",
                threshold,
                "thresh_main",
                threshold,
                "j_x_norm",
                List.of(1.0),
                "j_t_norm",
                List.of(0.01),
                "timesteps",
                List.of(500.0));
    }

    /** Of every policy of the catalogue. */
    public static List<PolicySettings> all() {
        List<PolicySettings> all = new ArrayList<>();
        for (PolicyType type : PolicyCatalogue.all()) {
            Map<String, Object> acting = ACTING.getOrDefault(type.id(), Map.of());
            List<Map<String, Object>> idle = new ArrayList<>(IDLE.getOrDefault(type.id(), List.of()));
            if (has(type, "threshold")) {
                idle.add(with(acting, "threshold", 0));
            }
            if (has(type, "warmup_steps")) {
                idle.add(with(acting, "warmup_steps", ALL_STEPS));
            }
            all.add(new PolicySettings(type.id(), type, acting, idle));
        }
        all.add(halfBatch());
        return all;
    }

    private static PolicySettings halfBatch() {
        Map<String, Object> acting = with(TWO_HALVES, "unconditional_batch_timestep_skip_range", ALWAYS);
        acting.put("unconditional_batch_skip_range", 3);
        acting.put("spatial_attention_timestep_skip_range", ALWAYS);
        Map<String, Object> idle = with(TWO_HALVES, "unconditional_batch_timestep_skip_range", NEVER);
        idle.put("spatial_attention_timestep_skip_range", NEVER);
        return new PolicySettings(
                "faster_cache half_batch", PolicyCatalogue.type("faster_cache"), acting, List.of(idle));
    }

    /** The settings of this name. */
    public static PolicySettings of(String name) {
        return all().stream()
                .filter(settings -> settings.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The policy as it skips something within a few steps; {@code none} does not. */
    public CachePolicy active() {
        return PolicyCatalogue.parse(type.id(), acting);
    }

    public boolean acts() {
        return !type.id().equals("none");
    }

    /** The policy with all settings that make it compute every step. */
    public List<CachePolicy> computing() {
        return idle.stream()
                .map(settings -> PolicyCatalogue.parse(type.id(), settings))
                .toList();
    }

    /** The policy with threshold 0, which must not change a bit even where ONNX Runtime optimizes; empty for those without. */
    public Optional<CachePolicy> thresholdZero() {
        return has(type, "threshold")
                ? Optional.of(PolicyCatalogue.parse(type.id(), with(acting, "threshold", 0)))
                : Optional.empty();
    }

    private static boolean has(PolicyType type, String parameter) {
        return type.parameters().stream().map(Parameter::name).anyMatch(parameter::equals);
    }

    private static Map<String, Object> with(Map<String, Object> settings, String parameter, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(settings);
        more.put(parameter, value);
        return more;
    }

    @Override
    public String toString() {
        return name;
    }
}
