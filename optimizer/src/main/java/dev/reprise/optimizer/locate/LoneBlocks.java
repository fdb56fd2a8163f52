package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.ModuleKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Blocks that lie in no list, between two lists of blocks at the top of the model: the middle of a U-shaped transformer.
 *
 * <pre>
 *   in_blocks.0 ─▶ in_blocks.1 ─▶ mid_block ─▶ out_blocks.0 ─▶ out_blocks.1
 * </pre>
 *
 * Such a module holds attention and feed-forward itself, and adds to what enters it.
 */
final class LoneBlocks {
    private LoneBlocks() {}

    /** Each as a list of one block. */
    static List<BlockList> between(List<BlockList> lists, List<LocatedModule> inner, AnalyzedGraph graph) {
        List<LocatedModule> listed = lists.stream()
                .filter(list -> list.path().isTopLevel())
                .flatMap(list -> list.blocks().stream())
                .toList();
        Map<ModulePath, List<LocatedModule>> candidates = new LinkedHashMap<>();
        for (LocatedModule module : inner) {
            ModulePath around = module.path().parent();
            if (!around.isRoot() && around.isTopLevel()) {
                candidates.computeIfAbsent(around, path -> new ArrayList<>()).add(module);
            }
        }
        List<BlockList> found = new ArrayList<>();
        candidates.forEach((path, modules) -> {
            Set<Node> core = new LinkedHashSet<>();
            modules.forEach(module -> core.addAll(module.core()));
            LocatedModule block = graph.boundary().of(path, ModuleKind.TRANSFORMER_BLOCK, core);
            if (holdsBoth(modules) && isBetween(block, listed) && addsToItsInput(block, graph)) {
                found.add(new BlockList(path, List.of(block), false, false));
            }
        });
        return found;
    }

    private static boolean holdsBoth(List<LocatedModule> modules) {
        return modules.stream().anyMatch(module -> module.kind().isAttention())
                && modules.stream().anyMatch(module -> module.kind() == ModuleKind.FEED_FORWARD);
    }

    private static boolean isBetween(LocatedModule block, List<LocatedModule> listed) {
        return listed.stream().anyMatch(other -> other.position() < block.position())
                && listed.stream().anyMatch(other -> other.position() > block.position());
    }

    private static boolean addsToItsInput(LocatedModule block, AnalyzedGraph graph) {
        ResidualStream stream = ResidualStream.into(graph.dependence(), block.nodes(), false);
        return block.outputs().stream()
                .anyMatch(output -> !stream.sources(output).isEmpty());
    }
}
