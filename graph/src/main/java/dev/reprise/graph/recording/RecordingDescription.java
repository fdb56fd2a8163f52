package dev.reprise.graph.recording;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import dev.reprise.graph.model.Folder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code recording.json} says. Fields that are not listed here are ignored.
 *
 * @param version format, {@link #VERSION} when written by this build
 * @param modelClass class of the recorded model, null where unknown
 * @param reference what made the recording, null where unknown
 * @param models label → ONNX file beside the recording, may be empty
 * @param timesteps the scheduler's value of each denoising step
 * @param varyingInput the latents' input name, null where unknown
 * @param blocks top-level lists of transformer blocks, in execution order
 * @param attentionModules every attention module, in execution order
 * @param policies name → policy
 * @param origin what made the recording and where, null in those of format 1 and of other tools
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RecordingDescription(
        int version,
        @Nullable String modelClass,
        @Nullable String reference,
        Map<String, String> models,
        List<Double> timesteps,
        @Nullable String varyingInput,
        List<BlockList> blocks,
        List<AttentionModule> attentionModules,
        Map<String, RecordedPolicy> policies,
        @Nullable Origin origin) {

    /** Format 2 has an origin, and a fingerprint beside it. */
    public static final int VERSION = 2;

    public RecordingDescription {
        models = ImmutableMap.copyOf(models);
        timesteps = List.copyOf(timesteps);
        blocks = List.copyOf(blocks);
        attentionModules = List.copyOf(attentionModules);
        policies = ImmutableMap.copyOf(policies);
        if (timesteps.isEmpty()) {
            throw new IllegalArgumentException("a recording needs at least one denoising step");
        }
        models.values().forEach(Folder::requireInside);
        for (Map.Entry<String, RecordedPolicy> policy : policies.entrySet()) {
            requireName(policy.getKey(), policies);
            if (policy.getValue().skipped().size() != timesteps.size()) {
                throw new IllegalArgumentException("policy '" + policy.getKey()
                        + "' must say what it skipped at each of the " + timesteps.size() + " denoising steps, found "
                        + policy.getValue().skipped().size());
            }
        }
    }

    /** Number of denoising steps. */
    @JsonProperty
    public int steps() {
        return timesteps.size();
    }

    /** Names of tensors are put together with dots: a policy must not read like an input or an output of another policy. */
    private static void requireName(String name, Map<String, RecordedPolicy> policies) {
        if (name.isEmpty() || name.equals(Recording.UNCACHED) || (name + ".").startsWith(Recording.INPUT)) {
            throw new IllegalArgumentException("a policy cannot be called '" + name + "'");
        }
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            String shorter = name.substring(0, dot);
            if (shorter.equals(Recording.UNCACHED) || policies.containsKey(shorter)) {
                throw new IllegalArgumentException(
                        "policy '" + name + "' cannot be told from an output of policy '" + shorter + "'");
            }
        }
    }

    /**
     * A list of transformer blocks.
     *
     * @param list attribute of the model, {@code transformer_blocks}
     * @param length number of blocks
     */
    public record BlockList(String list, int length) {}

    /**
     * An attention module.
     *
     * @param name dotted module path
     * @param crossAttention whether the reference treats it as cross-attention
     */
    public record AttentionModule(
            String name, @JsonProperty("is_cross_attention") boolean crossAttention) {}

    /**
     * A policy that was recorded.
     *
     * @param policy id of the policy
     * @param config its parameters under the reference's field names
     * @param skipped per denoising step, module paths none of whose layers ran
     */
    public record RecordedPolicy(String policy, JsonNode config, List<List<String>> skipped) {
        public RecordedPolicy {
            skipped = skipped.stream().map(List::copyOf).toList();
        }
    }
}
