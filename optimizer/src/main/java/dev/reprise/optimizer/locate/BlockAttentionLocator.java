package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.optimizer.paths.ModulePaths;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds attention that a block computes itself, with projections that are modules and a core that is none: original FLUX,
 * HunyuanVideo, SD3.5. What belongs to it shows in the graph, see {@link AttentionRegion}. It is called {@code attention} inside the
 * block, or as the module that holds all its projections and nothing else does.
 *
 * <pre>
 *   double_blocks.0.img_attn.qkv ─┐                      single_blocks.0.linear1 ─ core     double_blocks.0.attention
 *   double_blocks.0.txt_attn.qkv ─┴ core ─ … proj                                           single_blocks.0.attention
 * </pre>
 */
final class BlockAttentionLocator implements Locator {
    private static final String NAME = "attention";

    @Override
    public Location locate(AnalyzedGraph graph, Location soFar) {
        Set<Node> placed = new HashSet<>();
        soFar.attention().forEach(module -> placed.addAll(module.nodes()));
        Map<ModulePath, AttentionRegion> regions = new LinkedHashMap<>();
        int unplaced = 0;
        for (Node core : AttentionCores.of(graph.graph())) {
            if (!placed.contains(core) && !add(graph, core, regions)) {
                unplaced++;
            }
        }
        Location location = soFar;
        if (unplaced > 0) {
            location = location.withWarning(
                    Warning.Code.UNLOCATED_ATTENTION,
                    unplaced + " attention cores lie in no list of blocks, or their nodes lost their names");
        }
        AttentionKind kinds = new AttentionKind(graph.boundary());
        List<LocatedModule> located = new ArrayList<>();
        for (Map.Entry<ModulePath, AttentionRegion> entry : regions.entrySet()) {
            AttentionRegion region = entry.getValue();
            List<Value> outputs = region.outputs();
            if (outputs.isEmpty()) {
                location = location.withWarning(
                        Warning.Code.UNLOCATED_ATTENTION,
                        entry.getKey() + " has no output that depends on its attention");
                continue;
            }
            ModuleKind kind = kinds.of(region.nodes(), region.core());
            located.add(new LocatedModule(
                    entry.getKey(), kind, region.ownNodes(), List.copyOf(region.core()), region.inputs(), outputs));
        }
        return location.withModules(located);
    }

    /** Adds a core to the attention of its block; false where it lies in none. */
    private static boolean add(AnalyzedGraph graph, Node core, Map<ModulePath, AttentionRegion> regions) {
        ModulePaths paths = graph.paths();
        ModulePath scope = paths.of(core);
        ModulePath block = scope == null ? null : scope.innermostEntry();
        if (scope == null || block == null) {
            return false;
        }
        Set<Node> inside = new HashSet<>(paths.nodesIn(block));
        AttentionRegion region = new AttentionRegion(graph, inside, Set.of(core));
        ModulePath path = path(region, scope, block, paths);
        for (int i = 1; regions.containsKey(path); i++) {
            AttentionRegion other = regions.get(path);
            if (!isBehind(core, other, inside, graph)) {
                // One attention in several parts, as over windows.
                Set<Node> both = new LinkedHashSet<>(other.core());
                both.add(core);
                regions.put(path, new AttentionRegion(graph, inside, both));
                return true;
            }
            path = scope.child(NAME + "_" + i);
        }
        regions.put(path, region);
        return true;
    }

    private static ModulePath path(AttentionRegion region, ModulePath scope, ModulePath block, ModulePaths paths) {
        ModulePath module = region.module(paths);
        return module != null && module.isBelow(block) && module.isBelow(scope) ? module : scope.child(NAME);
    }

    private static boolean isBehind(Node core, AttentionRegion other, Set<Node> inside, AnalyzedGraph graph) {
        Set<Node> makers = new HashSet<>();
        for (Value output : other.outputs()) {
            if (output.producer() != null) {
                makers.add(output.producer());
            }
        }
        return graph.boundary().forward(inside, makers).contains(core);
    }
}
