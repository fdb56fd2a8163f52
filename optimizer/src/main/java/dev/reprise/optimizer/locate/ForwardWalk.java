package dev.reprise.optimizer.locate;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;

/** What lies behind some nodes: those that read what they write, and so on. */
final class ForwardWalk {
    private ForwardWalk() {}

    /** These nodes and all behind them. */
    static Set<Node> from(Collection<Node> start) {
        return from(start, node -> true);
    }

    /**
     * These nodes and those behind them, nearest first.
     *
     * @param enters whether the walk goes on to a node
     */
    static Set<Node> from(Collection<Node> start, Predicate<Node> enters) {
        Set<Node> reached = new LinkedHashSet<>(start);
        Deque<Node> open = new ArrayDeque<>(reached);
        while (!open.isEmpty()) {
            for (Value output : open.remove().writes()) {
                for (Node consumer : output.consumers()) {
                    if (enters.test(consumer) && reached.add(consumer)) {
                        open.add(consumer);
                    }
                }
            }
        }
        return reached;
    }
}
