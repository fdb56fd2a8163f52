package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.ModuleKind;
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
 * counts when it projects queries, keys and values and multiplies activations.
 *
 * <pre>
 *   to_q ─┐
 *   to_k ─┴ MatMul ─ Softmax ─┐
 *   to_v ─────────────────────┴ MatMul ─ to_out ─▶ output
 * </pre>
 */
final class AttentionLocator implements Locator {
    private static final Pattern NAME = Pattern.compile("(?i)(.*_)?(attn|attention)\\d*(_.*)?");
    /** Lists of attention modules. */
    private static final Pattern LIST_NAME = Pattern.compile("(?i).*(attn|attention).*");
    /** Query, key and value. */
    private static final int LEAST_PROJECTIONS = 3;

    @Override
    public Location locate(AnalyzedGraph graph, Location soFar) {
        Map<ModulePath, Set<Node>> cores = new LinkedHashMap<>();
        softmaxCores(graph, cores);
        linearCores(graph, cores);
        Location location = soFar;
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

    /** Collects cores by module; those of attention that a block computes itself have none, see {@link BlockAttentionLocator}. */
    private static void softmaxCores(AnalyzedGraph graph, Map<ModulePath, Set<Node>> cores) {
        ModuleBoundary boundary = graph.boundary();
        for (Node core : AttentionCores.of(graph.graph())) {
            ModulePath module = enclosingModule(core, graph, boundary);
            if (module != null) {
                cores.computeIfAbsent(module, key -> new LinkedHashSet<>()).add(core);
            }
        }
    }

    /** The smallest module around a core with a projection that feeds it; null when that is a block or a list, or there is none. */
    private static @Nullable ModulePath enclosingModule(Node core, AnalyzedGraph graph, ModuleBoundary boundary) {
        ModulePaths paths = graph.paths();
        ModulePath module = paths.of(core);
        while (module != null && !module.isRoot() && !paths.isList(module)) {
            Set<Node> inside = new HashSet<>(paths.nodesIn(module));
            if (boundary.backward(inside, Set.of(core)).stream().anyMatch(Operators::isWeighted)) {
                return module.isIndex() && isBlock(module, inside, core, graph) ? null : module;
            }
            module = module.parent();
        }
        return null;
    }

    /** Whether a list entry is a block that computes attention itself: it holds more than that, or adds it to what enters. */
    private static boolean isBlock(ModulePath entry, Set<Node> inside, Node core, AnalyzedGraph graph) {
        if (holdsFeedForward(entry, graph.paths())) {
            return true;
        }
        ResidualStream stream = ResidualStream.into(graph.dependence(), inside, false);
        return !LIST_NAME.matcher(entry.parent().leaf()).matches()
                && graph.boundary().of(entry, ModuleKind.OTHER, Set.of(core)).outputs().stream()
                        .anyMatch(output -> !stream.sources(output).isEmpty());
    }

    private static boolean holdsFeedForward(ModulePath module, ModulePaths paths) {
        return paths.allIn(module).stream().anyMatch(path -> FeedForwardLocator.isNamed(path, paths));
    }

    private static void linearCores(AnalyzedGraph graph, Map<ModulePath, Set<Node>> cores) {
        ModulePaths paths = graph.paths();
        PathSet taken = new PathSet();
        cores.keySet().forEach(taken::add);
        for (ModulePath path : paths.all()) {
            if (NAME.matcher(path.leaf()).matches() && !taken.overlaps(path)) {
                Set<Node> products = linearAttention(paths.nodesIn(path), graph.boundary());
                if (!products.isEmpty()) {
                    cores.put(path, products);
                    taken.add(path);
                }
            }
        }
    }

    /**
     * The products of two activations of a module that projects queries, keys and values: by three layers, or by one for all of them
     * where one product goes into another.
     */
    private static Set<Node> linearAttention(List<Node> nodes, ModuleBoundary boundary) {
        Set<Node> products = new LinkedHashSet<>();
        int projections = 0;
        for (Node node : nodes) {
            if (Operators.isWeighted(node)) {
                projections++;
            } else if (Operators.isProduct(node)) {
                products.add(node);
            }
        }
        boolean isAttention = projections >= LEAST_PROJECTIONS || isChained(products, new HashSet<>(nodes), boundary);
        return isAttention ? products : Set.of();
    }

    /** Whether one product reads another, and both come from a projection. */
    private static boolean isChained(Set<Node> products, Set<Node> inside, ModuleBoundary boundary) {
        return products.stream().anyMatch(product -> {
            Set<Node> before = boundary.backward(inside, Set.of(product));
            return before.stream().anyMatch(Operators::isWeighted)
                    && before.stream().anyMatch(node -> node != product && products.contains(node));
        });
    }
}
