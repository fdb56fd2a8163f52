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
 * Places attention cores that lost their names in the module that holds the projections feeding them.
 *
 * <pre>
 *   blocks.0.attn.to_q ─▶ Reshape ─┐
 *   blocks.0.attn.to_k ─▶ Reshape ─┴ MatMul ─▶ Softmax ─▶ MatMul ─▶ Reshape      all in  blocks.0.attn
 *   blocks.0.attn.to_v ─▶ Reshape ───────────────────────┘
 * </pre>
 *
 * Projections that lost their names too, one for all or three, lie in the module of the projection behind the core.
 */
final class CorePaths {
    /** Most nodes to look at between a softmax and the product that it weights. */
    private static final int MOST_GUARDS = 64;
    /** Most nodes to look at around an attention core. */
    private static final int MOST_MEMBERS = 2000;

    private final @Nullable ModulePath[] paths;

    private CorePaths(@Nullable ModulePath[] paths) {
        this.paths = paths;
    }

    /** Fills in the paths of attention cores that are null. */
    static void complete(Graph graph, @Nullable ModulePath[] paths) {
        CorePaths cores = new CorePaths(paths);
        for (Node node : graph.nodes()) {
            if (paths[node.index()] == null && (Operators.isSoftmax(node) || Operators.isFusedAttention(node))) {
                cores.place(node);
            }
        }
    }

    private void place(Node core) {
        Set<Node> members = new LinkedHashSet<>(Set.of(core));
        Deque<Node> open = new ArrayDeque<>();
        // Behind the core: casts and masks, the product with the values, the layout changes that merge the heads.
        Node product = Operators.isFusedAttention(core) ? core : productBehind(core, members);
        Node heads = core;
        for (Node node = product; node != null; node = onlyLayoutConsumer(node)) {
            members.add(node);
            heads = node;
        }
        open.addAll(members);
        Set<ModulePath> projections = new LinkedHashSet<>();
        Set<Node> unnamed = new LinkedHashSet<>();
        while (!open.isEmpty() && members.size() < MOST_MEMBERS) {
            for (Value read : open.remove().reads()) {
                Node producer = read.producer();
                if (producer == null || producer.is("Constant") || members.contains(producer)) {
                    continue;
                }
                ModulePath path = paths[producer.index()];
                if (path == null && Operators.isWeighted(producer)) {
                    unnamed.add(producer);
                } else if (path == null) {
                    members.add(producer);
                    open.add(producer);
                } else if (path.entry() != null) {
                    projections.add(path);
                }
            }
        }
        ModulePath module = ModulePath.common(projections);
        if (module != null && projections.size() == 1) {
            // One projection of queries, keys and values together: the core lies in the module around it, be that the
            // block.
            module = module.parent();
        }
        if (projections.isEmpty() && !unnamed.isEmpty()) {
            ModulePath around = moduleOfOutputProjection(heads);
            unnamed.forEach(projection -> paths[projection.index()] = around);
            module = around;
        }
        if (module != null && module.entry() != null) {
            claim(members, module);
        }
    }

    /**
     * The module around the layer that reads the heads: projections without a bias lost their names, the one behind the core often has
     * one. Null where that layer lies in no module of its own, and may be another one's.
     */
    private @Nullable ModulePath moduleOfOutputProjection(Node heads) {
        List<Node> consumers = heads.writes().stream()
                .flatMap(output -> output.consumers().stream())
                .filter(consumer -> !Operators.isShape(consumer))
                .toList();
        if (consumers.size() != 1 || !Operators.isWeighted(consumers.get(0))) {
            return null;
        }
        ModulePath layer = paths[consumers.get(0).index()];
        if (layer == null || !layer.isInsideEntry()) {
            return null;
        }
        // The layer may be the first of a list: attn.to_out.0.
        ModulePath module = layer.isIndex() ? layer.parent().parent() : layer.parent();
        return module.isInsideEntry() && !module.isIndex() ? module : null;
    }

    /** Places the members that the projections lead to. Others, such as rotary angles, are shared by all blocks and stay. */
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
}
