package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.paths.ModulePaths;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds attention modules by structure: the smallest module around an attention core (softmax of a product that weights another
 * product, or a fused operator) that holds the projections feeding it. Linear attention has no softmax; it is found by name, and
 * counts when it has at least query, key and value projections and a product of two activations.
 *
 * <pre>
 *   to_q ─┐
 *   to_k ─┴ MatMul ─ Softmax ─┐
 *   to_v ─────────────────────┴ MatMul ─ to_out ─▶ output
 * </pre>
 */
final class AttentionLocator implements Locator {
    private static final Pattern NAME = Pattern.compile("(?i)(.*_)?(attn|attention)\\d*(_.*)?");
    /** Nodes on the way from a softmax to the product that it weights: casts, masks, dropout. */
    private static final int MOST_GUARDS = 8;
    /** Query, key and value. */
    private static final int LEAST_PROJECTIONS = 3;

    @Override
    public Location locate(AnalyzedGraph graph, Location soFar) {
        Map<ModulePath, Set<Node>> cores = new LinkedHashMap<>();
        int unplaced = softmaxCores(graph, cores);
        linearCores(graph.paths(), cores);
        Location location = soFar;
        if (unplaced > 0) {
            location = location.withWarning(
                    Warning.Code.UNLOCATED_ATTENTION,
                    unplaced
                            + " attention cores lie in no module of their own: their nodes lost their names, or the attention is "
                            + "computed in the block itself");
        }
        ModuleBoundary boundary = graph.boundary();
        AttentionKind kind = new AttentionKind(boundary);
        List<LocatedModule> located = new ArrayList<>();
        for (Map.Entry<ModulePath, Set<Node>> entry : cores.entrySet()) {
            ModulePath path = entry.getKey();
            Set<Node> core = entry.getValue();
            Set<Node> inside = new HashSet<>(graph.paths().nodesIn(path));
            LocatedModule module = boundary.of(path, kind.of(inside, core), core);
            if (module.outputs().isEmpty()) {
                location = location.withWarning(
                        Warning.Code.UNLOCATED_ATTENTION, path + " has no output that depends on its attention");
            } else {
                located.add(module);
            }
        }
        return location.withModules(located);
    }

    /** Collects cores by module, and returns how many have none. */
    private static int softmaxCores(AnalyzedGraph graph, Map<ModulePath, Set<Node>> cores) {
        ModuleBoundary boundary = graph.boundary();
        int unplaced = 0;
        for (Node node : graph.graph().nodes()) {
            if (Operators.isFusedAttention(node) || (Operators.isSoftmax(node) && weightsProduct(node))) {
                ModulePath module = enclosingModule(node, graph.paths(), boundary);
                if (module == null) {
                    unplaced++;
                } else {
                    cores.computeIfAbsent(module, key -> new LinkedHashSet<>()).add(node);
                }
            }
        }
        return unplaced;
    }

    /** Whether a softmax, perhaps cast, masked or dropped out, is a factor of a product of two activations. */
    private static boolean weightsProduct(Node softmax) {
        Set<Node> seen = new HashSet<>();
        Set<Node> reached = Set.of(softmax);
        for (int distance = 0; distance <= MOST_GUARDS && !reached.isEmpty(); distance++) {
            Set<Node> next = new LinkedHashSet<>();
            for (Node node : reached) {
                for (Value output : node.writes()) {
                    for (Node consumer : output.consumers()) {
                        if (Operators.isProduct(consumer)) {
                            if (!Operators.isWeighted(consumer)) {
                                return true;
                            }
                        } else if (seen.add(consumer)) {
                            next.add(consumer);
                        }
                    }
                }
            }
            reached = next;
        }
        return false;
    }

    /** The smallest module around a core with a projection that feeds it; null when that is a block or a list, or there is none. */
    private static @Nullable ModulePath enclosingModule(Node core, ModulePaths paths, ModuleBoundary boundary) {
        ModulePath module = paths.of(core);
        while (module != null && !module.isRoot() && !paths.isList(module)) {
            Set<Node> inside = new HashSet<>(paths.nodesIn(module));
            if (boundary.backward(inside, Set.of(core)).stream().anyMatch(Operators::isWeighted)) {
                return module.isIndex() && holdsFeedForward(module, paths) ? null : module;
            }
            module = module.parent();
        }
        return null;
    }

    private static boolean holdsFeedForward(ModulePath module, ModulePaths paths) {
        return paths.allIn(module).stream().anyMatch(path -> FeedForwardLocator.isNamed(path, paths));
    }

    private static void linearCores(ModulePaths paths, Map<ModulePath, Set<Node>> cores) {
        PathSet taken = new PathSet();
        cores.keySet().forEach(taken::add);
        for (ModulePath path : paths.all()) {
            if (NAME.matcher(path.leaf()).matches() && !taken.overlaps(path)) {
                Set<Node> products = linearAttention(paths.nodesIn(path));
                if (!products.isEmpty()) {
                    cores.put(path, products);
                    taken.add(path);
                }
            }
        }
    }

    /** The products of two activations of a module with at least three projections. */
    private static Set<Node> linearAttention(List<Node> nodes) {
        Set<Node> products = new LinkedHashSet<>();
        int projections = 0;
        for (Node node : nodes) {
            if (Operators.isWeighted(node)) {
                projections++;
            } else if (Operators.isProduct(node)) {
                products.add(node);
            }
        }
        return projections >= LEAST_PROJECTIONS ? products : Set.of();
    }
}
