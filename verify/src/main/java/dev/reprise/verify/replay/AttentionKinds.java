package dev.reprise.verify.replay;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.recording.RecordingDescription;
import dev.reprise.graph.recording.RecordingDescription.AttentionModule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Where a model's attention modules are not what a recording calls them. Replays follow the recording, see {@link AsRecorded}. */
final class AttentionKinds {
    private AttentionKinds() {}

    /** In words, in the order of the recording; empty for a recording that lists no attention. */
    static List<String> differences(Manifest manifest, RecordingDescription recording) {
        List<String> differences = new ArrayList<>();
        Set<String> recorded = new HashSet<>();
        for (AttentionModule module : recording.attentionModules()) {
            recorded.add(module.name());
            Optional<ModuleKind> kind = manifest.module(module.name()).map(Module::kind);
            if (kind.isEmpty() || !kind.get().isAttention()) {
                differences.add(module.name() + " is recorded as attention, not located as such");
            } else if (module.crossAttention() != (kind.get() == ModuleKind.CROSS_ATTENTION)) {
                differences.add(module.name() + " is recorded as " + name(module.crossAttention())
                        + "-attention, located as " + name(kind.get() == ModuleKind.CROSS_ATTENTION) + "-attention");
            }
        }
        for (Module module : manifest.modules()) {
            if (module.kind().isAttention() && !recorded.isEmpty() && !recorded.contains(module.path())) {
                differences.add(module.path() + " is located as attention, not recorded as such");
            }
        }
        return differences;
    }

    private static String name(boolean cross) {
        return cross ? "cross" : "self";
    }
}
