package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.Cache;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.Identifiers;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.parameter.TimestepRange;
import dev.reprise.cache.reuse.AttentionFamily;
import dev.reprise.cache.reuse.AttentionSchedule;
import dev.reprise.cache.reuse.TimestepScaleCheck;
import dev.reprise.graph.bundle.Manifest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pyramid Attention Broadcast: attention outputs change little in the middle of the denoising, cross-attention least, so they are
 * broadcast to the steps that follow.
 *
 * <pre>  reuse y ⇔ y is kept ∧ low &lt; timestep &lt; high ∧ step mod skip_range ≠ 0 </pre>
 *
 * What is kept is every output {@code y [batch, tokens, channels]} of the module (two for joint attention), before the block's gate,
 * which is applied afresh. Each attention module takes the first of spatial, temporal and cross whose skip range is set and whose
 * identifiers are found in its path; spatial and temporal take self and joint attention only, cross takes cross-attention only.
 *
 * <p>As in the reference, {@code transformer_blocks} is also found in {@code temporal_transformer_blocks}: with a spatial range set
 * and default identifiers, temporal layers follow the spatial range.
 *
 * <p>Source: https://arxiv.org/abs/2408.12588.
 */
public final class PyramidAttentionBroadcast implements CachePolicy {
    private static final TimestepRange MIDDLE = new TimestepRange(100, 800);

    public static final Parameter<Integer> SPATIAL_ATTENTION_BLOCK_SKIP_RANGE = skipRange("spatial");
    public static final Parameter<Integer> TEMPORAL_ATTENTION_BLOCK_SKIP_RANGE = skipRange("temporal");
    public static final Parameter<Integer> CROSS_ATTENTION_BLOCK_SKIP_RANGE = skipRange("cross");
    public static final Parameter<TimestepRange> SPATIAL_ATTENTION_TIMESTEP_SKIP_RANGE = timesteps("spatial");
    public static final Parameter<TimestepRange> TEMPORAL_ATTENTION_TIMESTEP_SKIP_RANGE = timesteps("temporal");
    public static final Parameter<TimestepRange> CROSS_ATTENTION_TIMESTEP_SKIP_RANGE = timesteps("cross");
    public static final Parameter<Identifiers> SPATIAL_ATTENTION_BLOCK_IDENTIFIERS = identifiers(
            "spatial",
            "blocks",
            "transformer_blocks",
            "single_transformer_blocks",
            "layers",
            "visual_transformer_blocks");
    public static final Parameter<Identifiers> TEMPORAL_ATTENTION_BLOCK_IDENTIFIERS =
            identifiers("temporal", "temporal_transformer_blocks");
    public static final Parameter<Identifiers> CROSS_ATTENTION_BLOCK_IDENTIFIERS =
            identifiers("cross", "blocks", "transformer_blocks", "layers");

    public static final PolicyType TYPE = new PolicyType(
            "pyramid_attention_broadcast",
            List.of("pab"),
            "Reuse attention outputs for some steps, cross-attention longest",
            "https://arxiv.org/abs/2408.12588",
            List.of(
                    SPATIAL_ATTENTION_BLOCK_SKIP_RANGE,
                    TEMPORAL_ATTENTION_BLOCK_SKIP_RANGE,
                    CROSS_ATTENTION_BLOCK_SKIP_RANGE,
                    SPATIAL_ATTENTION_TIMESTEP_SKIP_RANGE,
                    TEMPORAL_ATTENTION_TIMESTEP_SKIP_RANGE,
                    CROSS_ATTENTION_TIMESTEP_SKIP_RANGE,
                    SPATIAL_ATTENTION_BLOCK_IDENTIFIERS,
                    TEMPORAL_ATTENTION_BLOCK_IDENTIFIERS,
                    CROSS_ATTENTION_BLOCK_IDENTIFIERS),
            PyramidAttentionBroadcast::new);

    private static final Logger LOG = LoggerFactory.getLogger(PyramidAttentionBroadcast.class);

    private final List<AttentionFamily> families;
    /** Whether the identifiers are the user's. */
    private final boolean asked;

    private PyramidAttentionBroadcast(Parameters parameters) {
        Optional<Integer> spatial = parameters.find(SPATIAL_ATTENTION_BLOCK_SKIP_RANGE);
        Optional<Integer> temporal = parameters.find(TEMPORAL_ATTENTION_BLOCK_SKIP_RANGE);
        Optional<Integer> cross = parameters.find(CROSS_ATTENTION_BLOCK_SKIP_RANGE);
        if (spatial.isEmpty() && temporal.isEmpty() && cross.isEmpty()) {
            LOG.warn("{}: no skip range is set; taking spatial_attention_block_skip_range=2", TYPE.id());
            spatial = Optional.of(2);
        }
        List<AttentionFamily> set = new ArrayList<>();
        spatial.ifPresent(range -> set.add(new AttentionFamily(
                false,
                range,
                parameters.get(SPATIAL_ATTENTION_TIMESTEP_SKIP_RANGE),
                parameters.get(SPATIAL_ATTENTION_BLOCK_IDENTIFIERS))));
        temporal.ifPresent(range -> set.add(new AttentionFamily(
                false,
                range,
                parameters.get(TEMPORAL_ATTENTION_TIMESTEP_SKIP_RANGE),
                parameters.get(TEMPORAL_ATTENTION_BLOCK_IDENTIFIERS))));
        cross.ifPresent(range -> set.add(new AttentionFamily(
                true,
                range,
                parameters.get(CROSS_ATTENTION_TIMESTEP_SKIP_RANGE),
                parameters.get(CROSS_ATTENTION_BLOCK_IDENTIFIERS))));
        families = List.copyOf(set);
        asked = Stream.of(
                        SPATIAL_ATTENTION_BLOCK_IDENTIFIERS,
                        TEMPORAL_ATTENTION_BLOCK_IDENTIFIERS,
                        CROSS_ATTENTION_BLOCK_IDENTIFIERS)
                .anyMatch(parameter -> !Objects.equals(parameters.get(parameter), parameter.defaultValue()));
    }

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    @Override
    public String id() {
        return TYPE.id();
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        List<AttentionSchedule> matching = AttentionFamily.schedules(model, families, module -> true);
        List<AttentionSchedule> schedules =
                matching.isEmpty() && !asked ? AttentionFamily.schedulesOfAnyPath(id(), model, families) : matching;
        if (schedules.isEmpty()) {
            List<String> expressions = families.stream()
                    .flatMap(family -> family.identifiers().expressions().stream())
                    .distinct()
                    .toList();
            throw AttentionSchedule.noMatch(id(), "attention module", expressions, AttentionSchedule.attentions(model));
        }
        Map<String, Integer> keeps = BoundPolicy.copies(1, AttentionSchedule.outputs(schedules));
        return new BoundPolicy(keeps.keySet(), Set.of(), keeps, () -> new State(schedules));
    }

    private static final class State implements PolicyState {
        private final List<AttentionSchedule> schedules;
        // Outputs that ran and were kept, by module path: an output that nobody needs never runs.
        private final Map<String, List<String>> kept = new HashMap<>();
        private final Set<String> computing = new HashSet<>();

        State(List<AttentionSchedule> schedules) {
            this.schedules = schedules;
        }

        @Override
        public void before(DenoisingStep step) {
            TimestepScaleCheck.look(TYPE.id(), step, schedules);
            computing.clear();
            for (AttentionSchedule schedule : schedules) {
                Map<String, Tensor> cached = cached(schedule, step.cache());
                if (cached.isEmpty()) {
                    compute(step, schedule, step.cache().missing(schedule.outputs()));
                } else if (!schedule.timesteps().contains(step.timestep())) {
                    compute(step, schedule, Reason.OUT_OF_RANGE);
                } else if (step.index() % schedule.skipRange() == 0) {
                    compute(step, schedule, Reason.INTERVAL);
                } else {
                    cached.forEach(step::provide);
                    step.decide(schedule.path(), Decision.REUSE, Reason.INTERVAL);
                }
            }
        }

        private void compute(DenoisingStep step, AttentionSchedule schedule, Reason reason) {
            computing.add(schedule.path());
            schedule.outputs().forEach(output -> {
                // No later step reuses the old output: its room is free before the new one is computed.
                step.cache().remove(output);
                step.observe(output);
            });
            step.decide(schedule.path(), Decision.COMPUTE, reason);
        }

        /** What was kept of the module, empty unless all of it is still there. */
        private Map<String, Tensor> cached(AttentionSchedule schedule, Cache cache) {
            Map<String, Tensor> cached = new LinkedHashMap<>();
            for (String output : kept.getOrDefault(schedule.path(), List.of())) {
                Tensor tensor = cache.get(output);
                if (tensor == null) {
                    return Map.of();
                }
                cached.put(output, tensor);
            }
            return cached;
        }

        @Override
        public void after(DenoisingStep step) {
            for (AttentionSchedule schedule : schedules) {
                if (computing.contains(schedule.path())) {
                    kept.put(schedule.path(), keep(step, schedule));
                }
            }
        }

        private static List<String> keep(DenoisingStep step, AttentionSchedule schedule) {
            List<String> outputs = new ArrayList<>();
            for (String output : schedule.outputs()) {
                Tensor tensor = step.computed(output);
                if (tensor == null) {
                    step.cache().remove(output);
                } else if (step.cache().put(output, tensor)) {
                    outputs.add(output);
                } else {
                    outputs.forEach(step.cache()::remove);
                    return List.of();
                }
            }
            return outputs;
        }
    }

    private static Parameter<Integer> skipRange(String family) {
        return Parameter.optional(
                family + "_attention_block_skip_range",
                ParameterType.integer(1),
                "steps",
                "Compute " + family + " attention every so many steps; unset leaves it alone");
    }

    private static Parameter<TimestepRange> timesteps(String family) {
        return Parameter.of(
                family + "_attention_timestep_skip_range",
                TimestepRange.TYPE,
                MIDDLE,
                "timesteps",
                "Reuse " + family + " attention only between these timesteps");
    }

    private static Parameter<Identifiers> identifiers(String family, String... expressions) {
        return Parameter.of(
                family + "_attention_block_identifiers",
                Identifiers.TYPE,
                Identifiers.of(expressions),
                "",
                "Where " + family + " attention is: found anywhere in the module path");
    }
}
