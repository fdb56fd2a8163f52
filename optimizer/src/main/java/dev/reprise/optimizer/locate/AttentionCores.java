package dev.reprise.optimizer.locate;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Operators;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The nodes that make attention what it is: a softmax that weights a product, or a fused operator. */
final class AttentionCores {
    /** Nodes on the way from a softmax to the product that it weights: casts, masks, dropout. */
    private static final int MOST_GUARDS = 8;

    private AttentionCores() {}

    /** All cores, in graph order. */
    static List<Node> of(Graph graph) {
        return graph.nodes().stream()
                .filter(node -> Operators.isFusedAttention(node) || (Operators.isSoftmax(node) && weightsProduct(node)))
                .toList();
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
}
