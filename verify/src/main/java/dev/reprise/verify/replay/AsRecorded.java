package dev.reprise.verify.replay;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.FirstBlockCache;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cache.policy.TaylorSeer;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.recording.RecordingDescription;
import dev.reprise.graph.recording.RecordingDescription.AttentionModule;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A policy that works as the recorded implementation did. The reference takes an attention module for cross-attention when its class
 * says so, not when its keys come from elsewhere, and takes modules of foreign classes for none: LTX's {@code attn2} counts as
 * self-attention there. A replay follows the recording; the located kinds stay what they are. What the hooks of diffusers do
 * and no default does, a replay of them does as well.
 */
record AsRecorded(CachePolicy policy, RecordingDescription recording) implements CachePolicy {
    private static final String DIFFUSERS = "diffusers";
    /** What the hooks of diffusers do, and no default does. */
    private static final List<Parameter<Boolean>> QUIRKS = List.of(FirstBlockCache.HINTS_TWICE, TaylorSeer.ZEROS_ALONE);

    /** A recorded policy, with what its reference does and its parameters do not say. */
    static CachePolicy policy(RecordedPolicy recorded, RecordingDescription recording) {
        PolicyType type = PolicyCatalogue.type(recorded.policy());
        PolicyBuilder builder = type.builder();
        String reference = recording.reference();
        if (reference != null && reference.startsWith(DIFFUSERS)) {
            for (Parameter<Boolean> quirk : QUIRKS) {
                if (type.parameters().contains(quirk)) {
                    builder.set(quirk, true);
                }
            }
        }
        return new AsRecorded(builder.setAll(recorded.config()).build(), recording);
    }

    @Override
    public String id() {
        return policy.id();
    }

    @Override
    public BoundPolicy bind(Manifest located) {
        if (recording.attentionModules().isEmpty()) {
            return policy.bind(located);
        }
        Map<String, Boolean> cross = new HashMap<>();
        for (AttentionModule module : recording.attentionModules()) {
            cross.put(module.name(), module.crossAttention());
        }
        return policy.bind(located.withModules(located.modules().stream()
                .map(module -> recorded(module, cross.get(module.path())))
                .toList()));
    }

    private static Module recorded(Module module, @Nullable Boolean isCross) {
        ModuleKind kind = module.kind();
        if (isCross == null) {
            kind = kind.isAttention() ? ModuleKind.OTHER : kind;
        } else if (isCross) {
            kind = ModuleKind.CROSS_ATTENTION;
        } else if (kind == ModuleKind.CROSS_ATTENTION || !kind.isAttention()) {
            kind = ModuleKind.SELF_ATTENTION;
        }
        return module.withKind(kind);
    }
}
