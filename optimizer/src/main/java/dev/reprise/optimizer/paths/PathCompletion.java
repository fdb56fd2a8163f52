package dev.reprise.optimizer.paths;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the module of nodes that lost their names, as optimizers and quantizers leave them, from the nodes around them.
 *
 * <ul>
 *   <li>A product with a weight belongs to the module of the bias that is added to it.
 *   <li>An attention core belongs to the module that holds the projections feeding it, see {@link CorePaths}.
 *   <li>What lies between two nodes of a module lies in that module: the smallest one that holds a node before and one behind.
 *   <li>A sum or product right behind the last node of a list entry belongs to that entry: it is its gate or its residual sum.
 *   <li>A slice of what a list entry gives to the next one belongs to the entry: it takes joint streams apart. So does such a slice behind the
 *       last entry.
 *   <li>A node between two entries that leads into one of them only, such as a norm, belongs to that one.
 * </ul>
 */
final class PathCompletion {
    private static final int BIAS_DISTANCE = 4;
    /** Nearest paths to keep for a node. */
    private static final int MOST_PATHS = 24;

    private final Graph graph;
    private final @Nullable ModulePath[] paths;
    private final List<Set<ModulePath>> before;
    private final List<Set<ModulePath>> behind;
    /** Lists whose entries take joint streams apart. */
    private final Set<ModulePath> slicing = new HashSet<>();

    private PathCompletion(Graph graph, @Nullable ModulePath[] paths) {
        this.graph = graph;
        this.paths = paths;
        this.before = new ArrayList<>(paths.length);
        this.behind = new ArrayList<>(paths.length);
        for (int i = 0; i < paths.length; i++) {
            before.add(Set.of());
            behind.add(Set.of());
        }
    }

    /** Fills in paths that are null, where something is known around them. */
    static void complete(Graph graph, @Nullable ModulePath[] paths) {
        PathCompletion completion = new PathCompletion(graph, paths);
        completion.followBiases();
        CorePaths.complete(graph, paths);
        completion.lookBehind();
        completion.fill(false);
        // What was left open lies before what has a path by now: a gate's reshape before the gate.
        completion.lookBehind();
        completion.fill(true);
    }

    private void followBiases() {
        for (Node node : graph.nodes()) {
            if (paths[node.index()] == null && Operators.isWeighted(node)) {
                paths[node.index()] = ofBias(node);
            }
        }
    }

    /** The path of the node that adds the bias, perhaps after dequantizing. */
    private @Nullable ModulePath ofBias(Node product) {
        Node node = product;
        for (int i = 0; i < BIAS_DISTANCE && node.writes().size() == 1; i++) {
            List<Node> consumers = node.writes().get(0).consumers();
            if (consumers.size() != 1) {
                return null;
            }
            node = consumers.get(0);
            if (node.is("Add")) {
                return paths[node.index()];
            }
            if (!node.is("Mul") && !node.is("Cast") && !Operators.isLayout(node)) {
                return null;
            }
        }
        return null;
    }

    private void lookBehind() {
        for (Node node : graph.nodes().reverse()) {
            Set<ModulePath> found = new LinkedHashSet<>();
            for (Value output : node.writes()) {
                for (Node consumer : output.consumers()) {
                    add(found, consumer, behind);
                }
            }
            behind.set(node.index(), found);
        }
    }

    /** @param openingLayouts whether a layout node behind an entry may open the next one */
    private void fill(boolean openingLayouts) {
        for (Node node : graph.nodes()) {
            if (paths[node.index()] != null || node.is("Constant")) {
                continue;
            }
            Set<ModulePath> found = new LinkedHashSet<>();
            for (Value input : node.reads()) {
                Node producer = input.producer();
                if (producer != null && !producer.is("Constant")) {
                    add(found, producer, before);
                }
            }
            before.set(node.index(), found);
            paths[node.index()] = between(node, found, behind.get(node.index()), openingLayouts);
        }
    }

    private void add(Set<ModulePath> found, Node node, List<Set<ModulePath>> onwards) {
        ModulePath path = paths[node.index()];
        for (ModulePath next : path == null ? onwards.get(node.index()) : Set.of(path)) {
            if (found.size() < MOST_PATHS) {
                found.add(next);
            }
        }
    }

    private @Nullable ModulePath between(
            Node node, Set<ModulePath> before, Set<ModulePath> behind, boolean openingLayouts) {
        ModulePath within = null;
        for (ModulePath a : before) {
            for (ModulePath b : behind) {
                ModulePath shared = a.common(b);
                if (within == null || shared.dotted().length() > within.dotted().length()) {
                    within = shared;
                }
            }
        }
        if (within == null) {
            return ModulePath.common(before.isEmpty() ? behind : before);
        }
        if (within.entry() == null) {
            ModulePath sliced = sliced(node, behind);
            ModulePath closing = sliced != null ? sliced : closing(node, before);
            if (closing != null) {
                return closing;
            }
            ModulePath shared = ModulePath.common(behind);
            ModulePath opening = shared == null ? null : shared.entry();
            if (opening == null) {
                return within;
            }
            return openingLayouts || !Operators.isLayout(node) ? opening : null;
        }
        return within;
    }

    /** The list entry whose result this node takes a part of. */
    private @Nullable ModulePath sliced(Node node, Set<ModulePath> behind) {
        Node producer = isSlice(node) ? node.reads().get(0).producer() : null;
        ModulePath entry = producer == null || isSlice(producer) ? null : paths[producer.index()];
        if (entry == null || !entry.equals(entry.entry())) {
            return null;
        }
        ModulePath list = entry.parent();
        if (behind.stream()
                .map(ModulePath::entry)
                .anyMatch(next -> next != null && next.parent().equals(list))) {
            slicing.add(list);
        }
        return slicing.contains(list) ? entry : null;
    }

    private static boolean isSlice(Node node) {
        return node.is("Slice") || node.is("Split");
    }

    private static @Nullable ModulePath closing(Node node, Set<ModulePath> before) {
        if (node.is("Add") || node.is("Mul")) {
            return lastEntry(before);
        }
        ModulePath path = ModulePath.common(before);
        return Operators.isLayout(node) && path != null && path.isInsideEntry() ? path : null;
    }

    /** The list entry that some of these paths lie in, of one list the last; null when none does, or they lie in several lists. */
    private static @Nullable ModulePath lastEntry(Set<ModulePath> paths) {
        ModulePath last = null;
        for (ModulePath path : paths) {
            ModulePath entry = path.entry();
            if (entry == null || entry.equals(last)) {
                continue;
            }
            if (last != null && !entry.parent().equals(last.parent())) {
                return null;
            }
            last = last == null || Integer.parseInt(entry.leaf()) > Integer.parseInt(last.leaf()) ? entry : last;
        }
        return last;
    }
}
