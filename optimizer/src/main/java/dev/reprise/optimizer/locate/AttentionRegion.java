package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.paths.ModulePaths;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to attention that a block computes itself, without a module for it: from the projections of queries, keys and values
 * to the projection behind the core, or to where the value of the attention meets something else.
 *
 * <pre>
 *   img ─▶ img_qkv ─┐                 ┌─▶ img_proj ─▶ output        double stream: two outputs
 *   txt ─▶ txt_qkv ─┴ core ─▶ Slice ──┴─▶ txt_proj ─▶ output
 *
 *   x ─▶ linear1 ─┬─▶ core ─▶ output ─▶ Concat ─▶ linear2           parallel: the output lies before the projection
 *                 └─▶ GELU ─────────────▶ ┘                         that both share
 * </pre>
 *
 * The gate behind it is no part of it, so that a kept value meets the gate of its own step.
 */
final class AttentionRegion {
    /** How far a value behind the core has come: weights of the values, the heads' values, behind the output projection. */
    private enum Stage {
        WEIGHTS,
        HEADS,
        PROJECTED
    }

    private final Dependence dependence;
    private final Set<Node> block;
    private final Set<Node> core;
    private final Set<Node> projections = new LinkedHashSet<>();
    private final Set<Node> nodes = new LinkedHashSet<>();
    private final Set<Value> outputs = new LinkedHashSet<>();

    /**
     * @param block the nodes of the block around it
     * @param core softmax or fused attention
     */
    AttentionRegion(AnalyzedGraph graph, Set<Node> block, Set<Node> core) {
        this.dependence = graph.dependence();
        this.block = block;
        this.core = core;
        nodes.addAll(core);
        followBehind(graph.boundary().forward(block, core));
        followBefore();
    }

    /** The softmax or fused attention that it is about. */
    Set<Node> core() {
        return core;
    }

    /** Its nodes and projections, those included that something else in the block uses too. */
    Set<Node> nodes() {
        return nodes;
    }

    /** What leaves it, in graph order. */
    List<Value> outputs() {
        return outputs.stream()
                .sorted(Comparator.comparingInt(AttentionRegion::position))
                .toList();
    }

    /** The nodes that nothing but this attention needs, in graph order. */
    List<Node> ownNodes() {
        List<Node> ordered = new ArrayList<>(nodes);
        ordered.sort(Comparator.comparingInt(Node::index).reversed());
        Set<Node> own = new HashSet<>();
        for (Node node : ordered) {
            if (node.writes().stream().allMatch(value -> outputs.contains(value) || isReadWithin(value, own))) {
                own.add(node);
            }
        }
        return own.stream().sorted(Comparator.comparingInt(Node::index)).toList();
    }

    /** The data that enters it. */
    List<Value> inputs() {
        Set<Value> inputs = new LinkedHashSet<>();
        nodes.stream()
                .sorted(Comparator.comparingInt(Node::index))
                .forEach(node -> node.reads().stream()
                        .filter(read -> dependence.isData(read) && !nodes.contains(read.producer()))
                        .forEach(inputs::add));
        return List.copyOf(inputs);
    }

    /** The smallest module that holds several of its projections; null where there are not several, or they have no paths. */
    @Nullable
    ModulePath module(ModulePaths paths) {
        Set<ModulePath> layers = new LinkedHashSet<>();
        for (Node projection : projections) {
            ModulePath path = paths.of(projection);
            if (path == null) {
                return null;
            }
            layers.add(path);
        }
        return layers.size() < 2 ? null : ModulePath.common(layers);
    }

    private boolean isReadWithin(Value value, Set<Node> own) {
        return !value.isOutput()
                && value.consumers().stream()
                        .allMatch(consumer -> own.contains(consumer) || dependence.isShapeArithmetic(consumer));
    }

    /** @param behind every node of the block that depends on the core */
    private void followBehind(Set<Node> behind) {
        Map<Node, Stage> stages = new HashMap<>();
        core.forEach(node -> stages.put(node, Operators.isFusedAttention(node) ? Stage.HEADS : Stage.WEIGHTS));
        Deque<Node> open = new ArrayDeque<>(core);
        while (!open.isEmpty()) {
            Node node = open.remove();
            Stage stage = stages.getOrDefault(node, Stage.HEADS);
            for (Value value : node.writes()) {
                if (value.isOutput()) {
                    outputs.add(value);
                }
                for (Node consumer : value.consumers()) {
                    if (dependence.isShapeArithmetic(consumer)) {
                        continue;
                    }
                    if (!block.contains(consumer) || !continues(consumer, value, stage, behind)) {
                        outputs.add(value);
                    } else if (nodes.add(consumer)) {
                        open.add(consumer);
                        stages.put(consumer, next(stage, consumer));
                        if (Operators.isWeighted(consumer)) {
                            projections.add(consumer);
                        }
                    }
                }
            }
        }
    }

    private static Stage next(Stage stage, Node consumer) {
        return switch (stage) {
            case WEIGHTS ->
                Operators.isProduct(consumer) && !Operators.isWeighted(consumer) ? Stage.HEADS : Stage.WEIGHTS;
            case HEADS -> Operators.isWeighted(consumer) ? Stage.PROJECTED : Stage.HEADS;
            case PROJECTED -> Stage.PROJECTED;
        };
    }

    /** Whether a node carries the value of the attention on, and is neither a gate nor a sum with something else. */
    private boolean continues(Node consumer, Value value, Stage stage, Set<Node> behind) {
        if (stage == Stage.WEIGHTS) {
            return true;
        }
        boolean alone = consumer.reads().stream()
                .allMatch(read -> read == value || !dependence.isData(read) || comesFromCore(read, behind));
        return alone && (stage == Stage.HEADS || Operators.isLayout(consumer) || isBias(consumer));
    }

    private boolean isBias(Node node) {
        return node.is("Add") && node.reads().stream().anyMatch(read -> !dependence.isData(read));
    }

    private static boolean comesFromCore(Value read, Set<Node> behind) {
        return read.producer() != null && behind.contains(read.producer());
    }

    /** Back to the projections of what the core and the products behind it read. */
    private void followBefore() {
        Deque<Node> open = new ArrayDeque<>(nodes);
        while (!open.isEmpty()) {
            Node node = open.remove();
            if (Operators.isWeighted(node)) {
                continue;
            }
            for (Value read : node.reads()) {
                Node producer = read.producer();
                if (producer != null && block.contains(producer) && dependence.isData(read) && nodes.add(producer)) {
                    if (Operators.isWeighted(producer)) {
                        projections.add(producer);
                    } else {
                        open.add(producer);
                    }
                }
            }
        }
    }

    private static int position(Value value) {
        return value.producer() == null ? -1 : value.producer().index();
    }
}
