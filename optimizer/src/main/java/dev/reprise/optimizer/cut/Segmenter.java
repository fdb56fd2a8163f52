package dev.reprise.optimizer.cut;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.flow.Flow;
import dev.reprise.graph.flow.Partition;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a graph at cut tensors. Nodes from which the same cut tensors and graph outputs are reached form a segment; {@link Partition}
 * says why that cannot go wrong. What is special here, none of which makes segments wait for one another in a circle:
 * <ul>
 *   <li>What does not depend on the latents is kept apart from what does, by the set of model inputs it depends on, when there is a
 *       layer behind it worth not repeating: exact caching computes it once. Dependence only grows along edges.
 *   <li>Sequences cannot cross between sessions, so the node that makes one is copied too.
 *   <li>Constants and arithmetic on shapes are copied into every segment that reads them instead of becoming borders. A Shape stays
 *       with what it measures, unless that is a cut tensor or an input, which every segment can read.
 * </ul>
 */
public final class Segmenter {
    /** Nodes of one segment without the copies: in graph order. */
    public record Part(List<Node> nodes, Set<Node> copies, Set<Value> inputs, Set<Value> outputs) {}

    private final Graph graph;
    private final Dependence dependence;
    private final TensorTypes types;
    private final Set<Value> targets = new LinkedHashSet<>();
    private final @Nullable Value latents;
    private final boolean[] copied;

    /**
     * @param cutTensors where to cut
     * @param latents the input that changes with every step, null where unknown
     */
    public Segmenter(
            Graph graph,
            Dependence dependence,
            TensorTypes types,
            Collection<Value> cutTensors,
            @Nullable Value latents) {
        this.graph = graph;
        this.dependence = dependence;
        this.types = types;
        this.latents = latents;
        targets.addAll(cutTensors);
        targets.addAll(graph.outputs());
        copied = new boolean[graph.nodes().size()];
        for (Node node : graph.nodes()) {
            copied[node.index()] = isCopied(node);
        }
    }

    /** The segments, in an order in which they may run. */
    public List<Part> segments() {
        List<List<Node>> groups = groups();
        List<Set<Node>> copies = new ArrayList<>();
        Set<Value> crossing = new HashSet<>(targets);
        List<Set<Value>> inputs = new ArrayList<>();
        for (List<Node> group : groups) {
            Set<Node> needed = copiesFor(group);
            copies.add(needed);
            Set<Value> read = inputsOf(group, needed);
            inputs.add(read);
            crossing.addAll(read);
        }
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            Set<Value> outputs = new LinkedHashSet<>();
            for (Node node : groups.get(i)) {
                for (Value output : node.writes()) {
                    if (crossing.contains(output)) {
                        outputs.add(output);
                    }
                }
            }
            parts.add(new Part(groups.get(i), copies.get(i), inputs.get(i), outputs));
        }
        List<Flow.Unit<Value>> units = parts.stream()
                .map(part -> new Flow.Unit<>(part.inputs(), part.outputs()))
                .toList();
        return Flow.order(units).stream().map(parts::get).toList();
    }

    /** Nodes that are needed under the same decisions, without those that are copied. */
    private List<List<Node>> groups() {
        List<Flow.Unit<Value>> units = new ArrayList<>();
        for (Node node : graph.nodes()) {
            units.add(new Flow.Unit<>(node.reads(), node.writes()));
        }
        Flow<Value> flow = new Flow<>(graph.inputs(), units);
        Partition partition = Partition.of(flow, targets);
        boolean[] worthKeeping = worthKeeping();
        BitSet needed = new BitSet();
        for (Node node : graph.nodes()) {
            needed.set(node.index(), !copied[node.index()] && partition.reachesAny(node.index()));
        }
        return partition
                .groups(
                        needed,
                        index -> home(graph.nodes().get(index)).index(),
                        index -> worthKeeping[index]
                                ? Optional.of(dependence.of(graph.nodes().get(index)))
                                : Optional.empty())
                .stream()
                .map(group -> group.stream().map(graph.nodes()::get).toList())
                .toList();
    }

    /** Nodes that the latents do not reach, with a layer behind them that the latents do not reach either. */
    private boolean[] worthKeeping() {
        boolean[] worthKeeping = new boolean[graph.nodes().size()];
        for (Node node : graph.nodes().reverse()) {
            boolean worth = Operators.isProduct(node);
            for (Value output : node.writes()) {
                for (Node consumer : output.consumers()) {
                    worth |= worthKeeping[consumer.index()];
                }
            }
            worthKeeping[node.index()] = worth && !varies(dependence.of(node));
        }
        return worthKeeping;
    }

    /** How many nodes were copied into more than one segment. */
    public static long copies(List<Part> parts) {
        Map<Node, Integer> count = new HashMap<>();
        parts.forEach(part -> part.copies().forEach(node -> count.merge(node, 1, Integer::sum)));
        return count.values().stream().filter(copies -> copies > 1).count();
    }

    private boolean varies(BitSet dependsOn) {
        return latents == null
                ? graph.requiredInputs().stream()
                        .allMatch(input -> dependsOn.get(graph.inputs().indexOf(input)))
                : dependsOn.get(graph.inputs().indexOf(latents));
    }

    /** The node whose segment a node goes to: a Shape goes with what it measures. */
    private Node home(Node node) {
        if (Operators.isShape(node)) {
            Value measured = node.input(0);
            Node producer = measured == null ? null : measured.producer();
            if (producer != null && !copied[producer.index()]) {
                return producer;
            }
        }
        return node;
    }

    /** Whether every reader has its own copy of a node. Asked in graph order: what a node measures was asked about before. */
    private boolean isCopied(Node node) {
        for (Value output : node.writes()) {
            if (targets.contains(output)) {
                return false;
            }
        }
        if (dependence.isConstant(node)
                || node.writes().stream().anyMatch(output -> types.elementType(output) == null)) {
            return true;
        }
        if (!dependence.isShapeArithmetic(node)) {
            return false;
        }
        if (!Operators.isShape(node)) {
            return true;
        }
        Value measured = node.input(0);
        return measured == null
                || measured.producer() == null
                || targets.contains(measured)
                || copied[measured.producer().index()];
    }

    /** Constants and shape arithmetic that a group needs its own copy of. */
    private Set<Node> copiesFor(List<Node> group) {
        Set<Node> copies = new LinkedHashSet<>();
        Deque<Node> open = new ArrayDeque<>(group);
        while (!open.isEmpty()) {
            for (Value read : open.poll().reads()) {
                Node producer = read.producer();
                if (producer != null && copied[producer.index()] && copies.add(producer)) {
                    open.add(producer);
                }
            }
        }
        return copies;
    }

    private static Set<Value> inputsOf(List<Node> group, Set<Node> copies) {
        Set<Node> inside = new HashSet<>(group);
        inside.addAll(copies);
        Set<Value> inputs = new LinkedHashSet<>();
        for (Node node : inside.stream()
                .sorted((a, b) -> Integer.compare(a.index(), b.index()))
                .toList()) {
            for (Value read : node.reads()) {
                if (!read.isInitializer() && !inside.contains(read.producer())) {
                    inputs.add(read);
                }
            }
        }
        return inputs;
    }
}
