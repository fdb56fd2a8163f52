package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.Identifiers;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.parameter.StepWeight;
import dev.reprise.cache.parameter.TimestepRange;
import dev.reprise.cache.reuse.AttentionExtrapolation;
import dev.reprise.cache.reuse.AttentionFamily;
import dev.reprise.cache.reuse.AttentionSchedule;
import dev.reprise.cache.reuse.GuidanceInputs;
import dev.reprise.cache.reuse.TimestepScaleCheck;
import dev.reprise.cache.reuse.UnconditionalBranch;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * FasterCache, for models that run classifier-free guidance as one batch [unconditional; conditional].
 *
 * <ol>
 *   <li>Attention ({@link AttentionExtrapolation}): {@code y₁ + (y₁ − y₂)·attention_weight} in place of running a module. Within its
 *       timestep range a module computes every {@code skip_range} steps; others skip it, but only where the conditional half runs
 *       alone or the model is guidance-distilled.
 *   <li>Guidance ({@link UnconditionalBranch}): after step 0, within its timestep range, all steps but every
 *       {@code unconditional_batch_skip_range}-th feed the second half of each listed input, and the unconditional output is the
 *       conditional one plus corrections of its low and high spatial frequencies. Needs a dynamic batch axis.
 * </ol>
 *
 * Cross-attention always runs. Modules are searched with a fixed list of identifiers first, as in the reference, then with the
 * configured ones. Outputs are [batch, channels, frames, height, width] (BCFHW), frames before channels (BFCHW) or without frames
 * (BCHW); only height and width matter, the corrections of all frames and channels are alike. Where a model has several outputs,
 * the first is completed and the others come with half a batch, as in the reference.
 *
 * <p>Source: https://arxiv.org/abs/2410.19355.
 */
public final class FasterCache implements CachePolicy {
    /** Axes of the model's output: batch, channels, frames, height, width. */
    public enum TensorFormat {
        BCFHW,
        BFCHW,
        BCHW
    }

    private static final List<String> SPATIAL =
            List.of("^blocks.*attn", "^transformer_blocks.*attn", "^single_transformer_blocks.*attn");
    private static final List<String> TEMPORAL = List.of("^temporal_transformer_blocks.*attn");

    public static final Parameter<Integer> SPATIAL_ATTENTION_BLOCK_SKIP_RANGE = Parameter.of(
                    "spatial_attention_block_skip_range",
                    ParameterType.integer(1),
                    2,
                    "steps",
                    "Compute spatial attention every so many steps; unset leaves it alone")
            .orUnset();
    public static final Parameter<Integer> TEMPORAL_ATTENTION_BLOCK_SKIP_RANGE = Parameter.optional(
            "temporal_attention_block_skip_range",
            ParameterType.integer(1),
            "steps",
            "Compute temporal attention every so many steps; unset leaves it alone");
    public static final Parameter<TimestepRange> SPATIAL_ATTENTION_TIMESTEP_SKIP_RANGE = timesteps(
            "spatial_attention_timestep_skip_range", -1, 681, "Skip spatial attention only between these timesteps");
    public static final Parameter<TimestepRange> TEMPORAL_ATTENTION_TIMESTEP_SKIP_RANGE = timesteps(
            "temporal_attention_timestep_skip_range", -1, 681, "Skip temporal attention only between these timesteps");
    public static final Parameter<TimestepRange> LOW_FREQUENCY_WEIGHT_UPDATE_TIMESTEP_RANGE =
            timesteps("low_frequency_weight_update_timestep_range", 99, 901, "Where alpha_low_frequency applies");
    public static final Parameter<TimestepRange> HIGH_FREQUENCY_WEIGHT_UPDATE_TIMESTEP_RANGE =
            timesteps("high_frequency_weight_update_timestep_range", -1, 301, "Where alpha_high_frequency applies");
    public static final Parameter<Double> ALPHA_LOW_FREQUENCY =
            alpha("alpha_low_frequency", "Factor per skip of the low-frequency correction, 1 out of its range");
    public static final Parameter<Double> ALPHA_HIGH_FREQUENCY =
            alpha("alpha_high_frequency", "Factor per skip of the high-frequency correction, 1 out of its range");
    public static final Parameter<Integer> UNCONDITIONAL_BATCH_SKIP_RANGE = Parameter.of(
            "unconditional_batch_skip_range",
            ParameterType.integer(1),
            5,
            "steps",
            "Run the unconditional half of the batch every so many steps");
    public static final Parameter<TimestepRange> UNCONDITIONAL_BATCH_TIMESTEP_SKIP_RANGE = timesteps(
            "unconditional_batch_timestep_skip_range",
            -1,
            641,
            "Skip the unconditional half only between these timesteps");
    public static final Parameter<Identifiers> SPATIAL_ATTENTION_BLOCK_IDENTIFIERS =
            identifiers("spatial_attention_block_identifiers", SPATIAL, "Where spatial attention is");
    public static final Parameter<Identifiers> TEMPORAL_ATTENTION_BLOCK_IDENTIFIERS =
            identifiers("temporal_attention_block_identifiers", TEMPORAL, "Where temporal attention is");
    public static final Parameter<StepWeight> ATTENTION_WEIGHT = Parameter.of(
                    "attention_weight",
                    StepWeight.TYPE,
                    StepWeight.constant(0.5),
                    "",
                    "How far attention is extrapolated: 0 repeats the last output")
            .alias("attention_weight_callback");
    public static final Parameter<StepWeight> LOW_FREQUENCY_WEIGHT = Parameter.optional(
                    "low_frequency_weight",
                    StepWeight.TYPE,
                    "",
                    "Factor per skip of the low-frequency correction, in place of its alpha and range")
            .alias("low_frequency_weight_callback");
    public static final Parameter<StepWeight> HIGH_FREQUENCY_WEIGHT = Parameter.optional(
                    "high_frequency_weight",
                    StepWeight.TYPE,
                    "",
                    "Factor per skip of the high-frequency correction, in place of its alpha and range")
            .alias("high_frequency_weight_callback");
    public static final Parameter<TensorFormat> TENSOR_FORMAT = Parameter.of(
            "tensor_format",
            ParameterType.choice(TensorFormat::name, List.of(TensorFormat.values())),
            TensorFormat.BCFHW,
            "",
            "Axes of the model output: batch, channels, frames, height, width");
    public static final Parameter<Boolean> IS_GUIDANCE_DISTILLED = Parameter.of(
            "is_guidance_distilled",
            ParameterType.flag(),
            false,
            "",
            "The model runs guidance in one pass: there is no unconditional half");
    public static final Parameter<List<String>> BATCH_INPUTS = Parameter.of(
                    "unconditional_conditional_input_kwargs_identifiers",
                    ParameterType.names(),
                    List.of(
                            "hidden_states",
                            "encoder_hidden_states",
                            "timestep",
                            "attention_mask",
                            "encoder_attention_mask"),
                    "",
                    "Model inputs that are [unconditional; conditional] along the batch")
            .alias("_unconditional_conditional_input_kwargs_identifiers");

    public static final PolicyType TYPE = new PolicyType(
            "faster_cache",
            List.of("fastercache", "fc"),
            "Extrapolate attention, and correct the conditional output in place of running the unconditional half",
            "https://arxiv.org/abs/2410.19355",
            List.of(
                    SPATIAL_ATTENTION_BLOCK_SKIP_RANGE,
                    TEMPORAL_ATTENTION_BLOCK_SKIP_RANGE,
                    SPATIAL_ATTENTION_TIMESTEP_SKIP_RANGE,
                    TEMPORAL_ATTENTION_TIMESTEP_SKIP_RANGE,
                    LOW_FREQUENCY_WEIGHT_UPDATE_TIMESTEP_RANGE,
                    HIGH_FREQUENCY_WEIGHT_UPDATE_TIMESTEP_RANGE,
                    ALPHA_LOW_FREQUENCY,
                    ALPHA_HIGH_FREQUENCY,
                    UNCONDITIONAL_BATCH_SKIP_RANGE,
                    UNCONDITIONAL_BATCH_TIMESTEP_SKIP_RANGE,
                    SPATIAL_ATTENTION_BLOCK_IDENTIFIERS,
                    TEMPORAL_ATTENTION_BLOCK_IDENTIFIERS,
                    ATTENTION_WEIGHT,
                    LOW_FREQUENCY_WEIGHT,
                    HIGH_FREQUENCY_WEIGHT,
                    TENSOR_FORMAT,
                    IS_GUIDANCE_DISTILLED,
                    BATCH_INPUTS),
            FasterCache::new);

    private static final Logger LOG = LoggerFactory.getLogger(FasterCache.class);
    private static final Identifiers GATE =
            Identifiers.of(SPATIAL.get(0), SPATIAL.get(1), SPATIAL.get(2), TEMPORAL.get(0));

    private final Parameters parameters;
    private final boolean distilled;

    private FasterCache(Parameters parameters) {
        this.parameters = parameters;
        distilled = parameters.get(IS_GUIDANCE_DISTILLED);
    }

    private StepWeight weight(Parameter<StepWeight> own, Parameter<Double> alpha, Parameter<TimestepRange> range) {
        double factor = parameters.get(alpha);
        TimestepRange timesteps = parameters.get(range);
        return parameters.find(own).orElse(step -> timesteps.contains(step.timestep()) ? factor : 1);
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
        if (distilled) {
            List<AttentionSchedule> schedules = schedules(model);
            // The last two outputs.
            Map<String, Integer> keeps = BoundPolicy.copies(2, AttentionSchedule.outputs(schedules));
            return new BoundPolicy(keeps.keySet(), Set.of(), keeps, () -> new State(schedules, null));
        }
        requireFormat(model);
        String output = model.outputs().get(0).name();
        GuidanceInputs inputs = GuidanceInputs.of(id(), model, parameters.get(BATCH_INPUTS));
        List<AttentionSchedule> schedules = schedules(model);
        // The last two outputs of half the batch, and two corrections of half the model's output.
        Map<String, Integer> keeps = BoundPolicy.copies(1, AttentionSchedule.outputs(schedules));
        Set<String> provides = Set.copyOf(keeps.keySet());
        keeps.put(output, 1);
        return new BoundPolicy(provides, Set.of(), keeps, () -> new State(schedules, branch(inputs, output)));
    }

    private List<AttentionSchedule> schedules(Manifest model) {
        Optional<Integer> spatial = parameters.find(SPATIAL_ATTENTION_BLOCK_SKIP_RANGE);
        Optional<Integer> temporal = parameters.find(TEMPORAL_ATTENTION_BLOCK_SKIP_RANGE);
        Identifiers spatialPaths = parameters.get(SPATIAL_ATTENTION_BLOCK_IDENTIFIERS);
        Identifiers temporalPaths = parameters.get(TEMPORAL_ATTENTION_BLOCK_IDENTIFIERS);
        List<AttentionFamily> families = new ArrayList<>();
        spatial.ifPresent(range -> families.add(new AttentionFamily(
                false, range, parameters.get(SPATIAL_ATTENTION_TIMESTEP_SKIP_RANGE), spatialPaths)));
        temporal.ifPresent(range -> families.add(new AttentionFamily(
                false, range, parameters.get(TEMPORAL_ATTENTION_TIMESTEP_SKIP_RANGE), temporalPaths)));
        // The reference looks at no other paths; attention of a UNet has none of them.
        List<AttentionSchedule> schedules = AttentionFamily.schedules(
                model, families, module -> model.unet() != null || GATE.search(module.path()));
        boolean asked = !spatialPaths.expressions().equals(SPATIAL)
                || !temporalPaths.expressions().equals(TEMPORAL);
        if (schedules.isEmpty() && !asked && distilled) {
            schedules = AttentionFamily.schedulesOfAnyPath(id(), model, families);
        }
        if (schedules.isEmpty() && !families.isEmpty()) {
            List<String> expressions = new ArrayList<>(spatialPaths.expressions());
            expressions.addAll(temporalPaths.expressions());
            UnsupportedPolicyException error = AttentionSchedule.noMatch(
                    id(), "self-attention module behind " + GATE, expressions, AttentionSchedule.attentions(model));
            if (distilled || asked) {
                throw error;
            }
            LOG.warn("{}; only the unconditional half of the batch will be skipped", error.getMessage());
        }
        return schedules;
    }

    private void requireFormat(Manifest model) {
        TensorSpec output = model.outputs().get(0);
        String format = parameters.get(TENSOR_FORMAT).name();
        if (output.shape() != null && output.shape().size() != format.length()) {
            throw new UnsupportedPolicyException(id() + ": " + TENSOR_FORMAT.name() + " " + format + " has "
                    + format.length() + " axes, the model output " + output.name() + " has "
                    + output.shape().size());
        }
    }

    private final class State implements PolicyState {
        private final List<AttentionExtrapolation> attentions;
        private final @Nullable UnconditionalBranch branch;
        private final List<AttentionSchedule> schedules;
        private boolean fullBatch;

        State(List<AttentionSchedule> schedules, @Nullable UnconditionalBranch branch) {
            this.attentions =
                    schedules.stream().map(AttentionExtrapolation::new).toList();
            this.branch = branch;
            this.schedules = schedules;
        }

        @Override
        public void before(DenoisingStep step) {
            TimestepScaleCheck.look(id(), step, schedules);
            fullBatch = branch != null && branch.before(step);
            double weight = parameters.get(ATTENTION_WEIGHT).at(step);
            attentions.forEach(attention -> attention.before(step, !fullBatch, weight));
        }

        @Override
        public void after(DenoisingStep step) {
            attentions.forEach(attention -> attention.after(step, fullBatch));
            if (branch != null) {
                branch.after(step);
            }
        }
    }

    private UnconditionalBranch branch(GuidanceInputs inputs, String output) {
        return new UnconditionalBranch(
                inputs,
                output,
                parameters.get(UNCONDITIONAL_BATCH_SKIP_RANGE),
                parameters.get(UNCONDITIONAL_BATCH_TIMESTEP_SKIP_RANGE),
                weight(LOW_FREQUENCY_WEIGHT, ALPHA_LOW_FREQUENCY, LOW_FREQUENCY_WEIGHT_UPDATE_TIMESTEP_RANGE),
                weight(HIGH_FREQUENCY_WEIGHT, ALPHA_HIGH_FREQUENCY, HIGH_FREQUENCY_WEIGHT_UPDATE_TIMESTEP_RANGE));
    }

    private static Parameter<TimestepRange> timesteps(String name, double low, double high, String meaning) {
        return Parameter.of(name, TimestepRange.TYPE, new TimestepRange(low, high), "timesteps", meaning);
    }

    private static Parameter<Double> alpha(String name, String meaning) {
        return Parameter.of(name, ParameterType.number(0), 1.1, "", meaning);
    }

    private static Parameter<Identifiers> identifiers(String name, List<String> expressions, String meaning) {
        return Parameter.of(
                name,
                Identifiers.TYPE,
                Identifiers.of(expressions),
                "",
                meaning + ": found anywhere in the module path");
    }
}
