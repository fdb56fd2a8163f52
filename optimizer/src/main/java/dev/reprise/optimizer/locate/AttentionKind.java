package dev.reprise.optimizer.locate;

import com.google.common.collect.Lists;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells self-, cross- and joint attention apart by where queries and keys come from.
 *
 * <pre>
 *   x ─▶ to_q ─┐          x ─▶ to_q ─┐          x, e ─▶ to_q, add_q ─┐
 *   x ─▶ to_k ─┴ self     e ─▶ to_k ─┴ cross    x, e ─▶ to_k, add_k ─┴ joint
 * </pre>
 */
final class AttentionKind {
    private final ModuleBoundary boundary;

    AttentionKind(ModuleBoundary boundary) {
        this.boundary = boundary;
    }

    /**
     * Cross-attention when keys come from other values than queries; joint when both come from the same two; self otherwise.
     */
    ModuleKind of(Set<Node> inside, Set<Node> core) {
        List<Set<Value>> sources = new ArrayList<>();
        for (Node node : core) {
            List<Value> operands = queryAndKey(node, core, inside);
            if (operands.size() == 2) {
                sources.add(sources(operands.get(0), inside));
                sources.add(sources(operands.get(1), inside));
                break;
            }
        }
        if (sources.isEmpty()) {
            inside.stream()
                    .filter(Operators::isWeighted)
                    .sorted((a, b) -> Integer.compare(a.index(), b.index()))
                    .limit(2)
                    .forEach(projection -> sources.add(sourcesOf(projection, inside)));
        }
        if (sources.size() < 2) {
            return ModuleKind.SELF_ATTENTION;
        }
        Set<Value> query = sources.get(0);
        Set<Value> key = sources.get(1);
        if (!query.isEmpty() && !key.isEmpty() && query.stream().noneMatch(key::contains)) {
            return ModuleKind.CROSS_ATTENTION;
        }
        return query.size() > 1 && query.equals(key) ? ModuleKind.JOINT_ATTENTION : ModuleKind.SELF_ATTENTION;
    }

    /** The operands of the product of queries and keys that a core belongs to; empty where there is none. */
    private List<Value> queryAndKey(Node core, Set<Node> cores, Set<Node> inside) {
        if (Operators.isFusedAttention(core)) {
            Value query = core.input(0);
            Value key = core.input(1);
            return query == null || key == null || (!core.domain().isEmpty() && key.isStored())
                    ? List.of()
                    : List.of(query, key);
        }
        return Operators.isSoftmax(core) ? behindSoftmax(core, inside) : linear(core, cores, inside);
    }

    /** The nearest product of two activations before a softmax. Masks may be added, or selected between, on the way. */
    private List<Value> behindSoftmax(Node softmax, Set<Node> inside) {
        Set<Node> seen = new HashSet<>();
        Deque<Node> open = new ArrayDeque<>(List.of(softmax));
        while (!open.isEmpty()) {
            for (Value read : open.remove().reads()) {
                Node producer = read.producer();
                if (producer == null || !inside.contains(producer) || !boundary.isData(read) || !seen.add(producer)) {
                    continue;
                }
                if (isActivationProduct(producer)) {
                    return operands(producer);
                }
                if (!Operators.isWeighted(producer)) {
                    open.add(producer);
                }
            }
        }
        return List.of();
    }

    /** Linear attention multiplies keys and values first, and their product with the queries. */
    private List<Value> linear(Node product, Set<Node> cores, Set<Node> inside) {
        List<Value> operands = operands(product);
        for (Value operand : operands) {
            Node producer = operand.producer();
            if (producer != null
                    && inside.contains(producer)
                    && boundary.backward(inside, Set.of(producer)).stream()
                            .anyMatch(node -> node != product && cores.contains(node))) {
                Value query = operands.get(0) == operand ? operands.get(1) : operands.get(0);
                return List.of(query, operand);
            }
        }
        return List.of();
    }

    private static boolean isActivationProduct(Node node) {
        return Operators.isProduct(node) && !Operators.isWeighted(node);
    }

    private static List<Value> operands(Node product) {
        Value left = product.input(0);
        Value right = product.input(1);
        return left == null || right == null ? List.of() : List.of(left, right);
    }

    /** What enters the module and is projected into an operand. */
    private Set<Value> sources(Value operand, Set<Node> inside) {
        Set<Value> sources = new LinkedHashSet<>();
        Node producer = operand.producer();
        if (producer == null || !inside.contains(producer)) {
            sources.add(operand);
            return sources;
        }
        for (Node projection : nearestProjections(producer, inside)) {
            sources.addAll(sourcesOf(projection, inside));
        }
        return sources;
    }

    /** The projections behind a node, in the order of a depth-first search; none that lies behind another. */
    private Set<Node> nearestProjections(Node from, Set<Node> inside) {
        Set<Node> projections = new LinkedHashSet<>();
        Set<Node> seen = new HashSet<>();
        Deque<Node> open = new ArrayDeque<>(List.of(from));
        while (!open.isEmpty()) {
            Node node = open.pop();
            if (!inside.contains(node) || !seen.add(node)) {
                continue;
            }
            if (Operators.isWeighted(node)) {
                projections.add(node);
                continue;
            }
            for (Value read : Lists.reverse(node.reads())) {
                if (read.producer() != null && boundary.isData(read)) {
                    open.push(read.producer());
                }
            }
        }
        return projections;
    }

    private Set<Value> sourcesOf(Node projection, Set<Node> inside) {
        Set<Value> sources = new LinkedHashSet<>();
        for (Node node : boundary.backward(inside, Set.of(projection))) {
            for (Value read : node.reads()) {
                if (entersAsData(read, inside)) {
                    sources.add(origin(read));
                }
            }
        }
        return sources;
    }

    /** The tensor that a value is another layout or precision of: optimizers and quantizers make one for each projection. */
    private static Value origin(Value value) {
        Value origin = value;
        while (origin.producer() != null
                && (Operators.isReshape(origin.producer()) || Operators.isQuantization(origin.producer()))) {
            Value before = origin.producer().input(0);
            if (before == null) {
                break;
            }
            origin = before;
        }
        return origin;
    }

    private boolean entersAsData(@Nullable Value value, Set<Node> inside) {
        return value != null && boundary.isData(value) && !inside.contains(value.producer());
    }
}
