package dev.reprise.optimizer.paths;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the module of nodes that lost their names, as optimizers and quantizers leave them, from the nodes around them.
 *
 * <ul>
 *   <li>A product with a weight belongs where the bias that is added to it belongs.
 *   <li>An attention core belongs to the module that holds the projections feeding it.
 *   <li>What lies between two nodes of a module lies in that module: the smallest one that holds a node before and one behind.
 *   <li>A sum or product behind the last node of a list entry closes that entry: its gate and its residual.
 *   <li>What leads from one entry into another alone, as a norm does, opens the other.
 * </ul>
 */
final class PathCompletion {
    private static final int BIAS_DISTANCE = 4;
    /** Nodes to look at between a softmax and the product of what it weights. */
    private static final int MOST_GUARDS = 64;
    /** Nodes to look at around an attention core. */
    private static final int MOST_MEMBERS = 2000;
    /** Nearest paths to look at; more say nothing new. */
    private static final int MOST_PATHS = 24;

    private final Graph graph;
    private final @Nullable ModulePath[] paths;
    private final List<Set<ModulePath>> before;
    private final List<Set<ModulePath>> behind;

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
        completion.gatherCores();
        completion.lookBehind();
        completion.fill();
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

    private void gatherCores() {
        for (Node node : graph.nodes()) {
            if (paths[node.index()] == null && (Operators.isSoftmax(node) || Operators.isFusedAttention(node))) {
                gatherCore(node);
            }
        }
    }

    private void gatherCore(Node core) {
        Set<Node> members = new LinkedHashSet<>(Set.of(core));
        Deque<Node> open = new ArrayDeque<>();
        // Behind the core: what guards it, the product with the values, what brings heads back into channels.
        Node product = Operators.isFusedAttention(core) ? core : productBehind(core, members);
        for (Node node = product; node != null; node = onlyLayoutConsumer(node)) {
            members.add(node);
        }
        open.addAll(members);
        Set<ModulePath> projections = new LinkedHashSet<>();
        while (!open.isEmpty() && members.size() < MOST_MEMBERS) {
            for (Value read : open.remove().reads()) {
                Node producer = read.producer();
                if (producer == null || producer.is("Constant") || members.contains(producer)) {
                    continue;
                }
                ModulePath path = paths[producer.index()];
                if (path == null && !Operators.isWeighted(producer)) {
                    members.add(producer);
                    open.add(producer);
                } else if (path != null && path.entry() != null) {
                    projections.add(path);
                }
            }
        }
        ModulePath module = ModulePath.common(projections);
        if (module != null && module.isInsideEntry()) {
            claim(members, module);
        }
    }

    /** Gives the members a path that its projections lead to; not what is the same for all blocks, such as rotary angles. */
    private void claim(Set<Node> members, ModulePath module) {
        List<Node> ordered = new ArrayList<>(members);
        ordered.sort((a, b) -> Integer.compare(a.index(), b.index()));
        for (Node member : ordered) {
            for (Value read : member.reads()) {
                Node producer = read.producer();
                ModulePath path = producer == null ? null : paths[producer.index()];
                if (path != null && path.isIn(module)) {
                    paths[member.index()] = module;
                    break;
                }
            }
        }
    }

    /** The product of the weights with the values; the nodes on the way to it become members. */
    private @Nullable Node productBehind(Node core, Set<Node> members) {
        Map<Node, Node> cameFrom = new HashMap<>();
        Deque<Node> open = new ArrayDeque<>(List.of(core));
        while (!open.isEmpty() && cameFrom.size() < MOST_GUARDS) {
            Node node = open.remove();
            for (Value output : node.writes()) {
                for (Node consumer : output.consumers()) {
                    if (paths[consumer.index()] != null || cameFrom.putIfAbsent(consumer, node) != null) {
                        continue;
                    }
                    if (Operators.isProduct(consumer)) {
                        for (Node guard = node; guard != core; guard = Objects.requireNonNull(cameFrom.get(guard))) {
                            members.add(guard);
                        }
                        return consumer;
                    }
                    open.add(consumer);
                }
            }
        }
        return null;
    }

    private @Nullable Node onlyLayoutConsumer(Node node) {
        List<Node> consumers = node.writes().stream()
                .flatMap(output -> output.consumers().stream())
                .toList();
        if (consumers.size() != 1) {
            return null;
        }
        Node next = consumers.get(0);
        return Operators.isLayout(next) && !next.is("Concat") && paths[next.index()] == null ? next : null;
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

    private void fill() {
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
            paths[node.index()] = between(node, found, behind.get(node.index()));
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

    private static @Nullable ModulePath between(Node node, Set<ModulePath> before, Set<ModulePath> behind) {
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
            ModulePath closing = closing(node, before);
            ModulePath shared = closing == null ? ModulePath.common(behind) : null;
            ModulePath opening = shared == null ? null : shared.entry();
            return closing != null ? closing : opening != null ? opening : within;
        }
        return within;
    }

    private static @Nullable ModulePath closing(Node node, Set<ModulePath> before) {
        if (node.is("Add") || node.is("Mul")) {
            return lastEntry(before);
        }
        ModulePath path = ModulePath.common(before);
        return Operators.isLayout(node) && path != null && path.isInsideEntry() ? path : null;
    }

    /** The list entry that some of these paths lie in; null when none does, or they lie in several. */
    private static @Nullable ModulePath lastEntry(Set<ModulePath> paths) {
        ModulePath last = null;
        for (ModulePath path : paths) {
            ModulePath entry = path.entry();
            if (entry != null && last != null && !entry.equals(last)) {
                return null;
            }
            last = entry == null ? last : entry;
        }
        return last;
    }
}
