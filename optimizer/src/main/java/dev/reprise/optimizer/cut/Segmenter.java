package dev.reprise.optimizer.cut;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a graph at cut tensors.
 *
 * <p>For a node {@code n} let {@code S(n)} be the cut tensors and graph outputs that can be reached from {@code n} without passing
 * another cut tensor. Nodes with equal {@code S} are needed under exactly the same decisions: they form a segment.
 *
 * <pre>
 *   n1 ─▶ n2 ─▶ [T] ─▶ n4 ─▶ [out]      S(n1)={T,out}  S(n2)={T}  S(n3)=S(n4)={out}
 *     └─▶ n3 ───────────▲               segments {n1} {n2} {n3,n4}
 * </pre>
 *
 * <p>Along an uncut edge {@code a → b}, {@code S(a) ⊇ S(b)}, and behind a cut tensor no node reaches it again, so segments are convex
 * and their graph has no cycle, for any cut tensors. Two refinements keep that property:
 * <ul>
 *   <li>What does not depend on the latents is kept apart from what does, by the set of model inputs it depends on, when there is a
 *       layer behind it worth not repeating: exact caching computes it once. Dependence only grows along edges.
 *   <li>Sequences cannot cross between sessions, so whoever makes one is copied too.
 *   <li>Constants and arithmetic on shapes are copied into every segment that reads them instead of becoming borders. A Shape stays
 *       with what it measures, unless that is a cut tensor or an input, which everybody has.
 * </ul>
 */
public final class Segmenter {
    /** Nodes of one segment without the copies: in graph order. */
    public record Part(List<Node> nodes, Set<Node> copies, Set<Value> inputs, Set<Value> outputs) {}

    private record Key(BitSet targets, BitSet dependsOn) {}

    private final Graph graph;
    private final Dependence dependence;
    private final TensorTypes types;
    private final Map<Value, Integer> targets = new LinkedHashMap<>();
    private final @Nullable Value latents;
    private final BitSet[] reached;
    private final boolean[] worthKeeping;
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
        for (Value value : cutTensors) {
            targets.putIfAbsent(value, targets.size());
        }
        for (Value value : graph.outputs()) {
            targets.putIfAbsent(value, targets.size());
        }
        this.reached = new BitSet[graph.nodes().size()];
        this.worthKeeping = new boolean[graph.nodes().size()];
        for (Node node : graph.nodes().reverse()) {
            BitSet reach = new BitSet();
            boolean worth = Operators.isProduct(node);
            for (Value output : node.writes()) {
                Integer target = targets.get(output);
                if (target != null) {
                    reach.set(target);
                }
                for (Node consumer : output.consumers()) {
                    if (target == null) {
                        reach.or(reached[consumer.index()]);
                    }
                    worth |= worthKeeping[consumer.index()];
                }
            }
            reached[node.index()] = reach;
            worthKeeping[node.index()] = worth && !varies(dependence.of(node));
        }
    }

    /** The segments, in an order in which they may run. */
    public List<Part> segments() {
        Map<Key, List<Node>> groups = new LinkedHashMap<>();
        for (Node node : graph.nodes()) {
            if (!isCopied(node) && !reached[node.index()].isEmpty()) {
                groups.computeIfAbsent(key(home(node)), key -> new ArrayList<>())
                        .add(node);
            }
        }
        List<Set<Node>> copies = new ArrayList<>();
        List<List<Node>> nodes = List.copyOf(groups.values());
        Set<Value> crossing = new HashSet<>(targets.keySet());
        List<Set<Value>> inputs = new ArrayList<>();
        for (List<Node> group : nodes) {
            Set<Node> copied = copiesFor(group);
            copies.add(copied);
            Set<Value> read = inputsOf(group, copied);
            inputs.add(read);
            crossing.addAll(read);
        }
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            Set<Value> outputs = new LinkedHashSet<>();
            for (Node node : nodes.get(i)) {
                for (Value output : node.writes()) {
                    if (crossing.contains(output)) {
                        outputs.add(output);
                    }
                }
            }
            parts.add(new Part(nodes.get(i), copies.get(i), inputs.get(i), outputs));
        }
        return ordered(parts);
    }

    /** How many nodes were copied into more than one segment. */
    public static long copies(List<Part> parts) {
        Map<Node, Integer> count = new HashMap<>();
        parts.forEach(part -> part.copies().forEach(node -> count.merge(node, 1, Integer::sum)));
        return count.values().stream().filter(copies -> copies > 1).count();
    }

    private boolean varies(BitSet dependsOn) {
        return latents == null
                ? dependsOn.cardinality() == graph.inputs().size()
                : dependsOn.get(graph.inputs().indexOf(latents));
    }

    /** The node whose segment a node goes to: a Shape goes with what it measures. */
    private Node home(Node node) {
        if (Operators.isShape(node)) {
            Value measured = node.input(0);
            Node producer = measured == null ? null : measured.producer();
            if (producer != null && !isCopied(producer)) {
                return producer;
            }
        }
        return node;
    }

    /** Whether every reader has its own copy of a node. */
    private boolean isCopied(Node node) {
        for (Value output : node.writes()) {
            if (targets.containsKey(output)) {
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
                || targets.containsKey(measured)
                || isCopied(measured.producer());
    }

    private Key key(Node node) {
        BitSet reach = reached[node.index()];
        if (!worthKeeping[node.index()]) {
            return new Key(reach, new BitSet());
        }
        BitSet dependsOn = (BitSet) dependence.of(node).clone();
        // Marks the key as one of the invariant region even when the region depends on nothing.
        dependsOn.set(graph.inputs().size());
        return new Key(reach, dependsOn);
    }

    /** Constants and shape arithmetic that a group needs its own copy of. */
    private Set<Node> copiesFor(List<Node> group) {
        Set<Node> copies = new LinkedHashSet<>();
        Deque<Node> open = new ArrayDeque<>(group);
        while (!open.isEmpty()) {
            for (Value read : open.poll().reads()) {
                Node producer = read.producer();
                if (producer != null && isCopied(producer) && copies.add(producer)) {
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

    private static List<Part> ordered(List<Part> parts) {
        Map<Value, Integer> producer = new HashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            for (Value output : parts.get(i).outputs()) {
                producer.put(output, i);
            }
        }
        List<Set<Integer>> readers = new ArrayList<>();
        int[] missing = new int[parts.size()];
        parts.forEach(part -> readers.add(new TreeSet<>()));
        for (int i = 0; i < parts.size(); i++) {
            for (Value input : parts.get(i).inputs()) {
                Integer from = producer.get(input);
                if (from != null && readers.get(from).add(i)) {
                    missing[i]++;
                }
            }
        }
        PriorityQueue<Integer> ready =
                new PriorityQueue<>((a, b) -> Integer.compare(firstNode(parts.get(a)), firstNode(parts.get(b))));
        for (int i = 0; i < missing.length; i++) {
            if (missing[i] == 0) {
                ready.add(i);
            }
        }
        List<Part> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            int next = ready.poll();
            order.add(parts.get(next));
            for (int reader : readers.get(next)) {
                if (--missing[reader] == 0) {
                    ready.add(reader);
                }
            }
        }
        if (order.size() < parts.size()) {
            throw new IllegalStateException("segments form a cycle; the cut is wrong");
        }
        return order;
    }

    private static int firstNode(Part part) {
        return part.nodes().get(0).index();
    }
}
