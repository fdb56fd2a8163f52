package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.bundle.ModuleKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Each module is located once. Blocks lie in no other block, and attention and feed-forward modules in no other attention or
 * feed-forward module. Modules that the user named may lie anywhere.
 */
final class ModulesNest implements LocationCheck {
    @Override
    public List<String> contradictions(AnalyzedGraph graph, Location location) {
        List<String> found = new ArrayList<>();
        Map<ModulePath, LocatedModule> byPath = new HashMap<>();
        for (LocatedModule module : location.modules()) {
            if (byPath.putIfAbsent(module.path(), module) != null) {
                found.add(module.path() + " was located twice");
            }
        }
        for (LocatedModule module : location.modules()) {
            LocatedModule around = around(module, byPath);
            if (around != null) {
                found.add(named(module) + " lies in " + named(around));
            }
        }
        return found;
    }

    private static @Nullable LocatedModule around(LocatedModule module, Map<ModulePath, LocatedModule> byPath) {
        for (ModulePath path = module.path().parent(); !path.isRoot(); path = path.parent()) {
            LocatedModule outer = byPath.get(path);
            if (outer != null && mustBeApart(module.kind(), outer.kind())) {
                return outer;
            }
        }
        return null;
    }

    private static boolean mustBeApart(ModuleKind inner, ModuleKind outer) {
        return inner == ModuleKind.TRANSFORMER_BLOCK
                ? outer != ModuleKind.OTHER && outer != ModuleKind.UNET_BLOCK && outer != ModuleKind.UNET_LAYER
                : isLayer(inner) && (isLayer(outer) || outer == ModuleKind.FINAL_PROJECTION);
    }

    private static boolean isLayer(ModuleKind kind) {
        return kind.isAttention() || kind == ModuleKind.FEED_FORWARD;
    }

    private static String named(LocatedModule module) {
        return module.path() + " (" + module.kind() + ")";
    }
}
