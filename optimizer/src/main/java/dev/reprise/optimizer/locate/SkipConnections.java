package dev.reprise.optimizer.locate;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Lists;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds the skip connections of a UNet by structure alone.
 *
 * <pre>
 *   skip ─────────────────────────────────▶ Concat          one of its two operands was computed from the other;
 *     └▶ … ─▶ skip ─────────▶ Concat ─▶ … ─▶ ┘              the pairs lie in one another,
 *               └▶ … ─▶ … ─▶ ┘         Resize               and the resolution changes between some of them
 * </pre>
 */
final class SkipConnections {
    private static final ImmutableSet<String> UPSAMPLING =
            ImmutableSet.of("Resize", "Upsample", "ConvTranspose", "DepthToSpace");

    /**
     * A concatenation that joins a skip connection to what was computed from it.
     *
     * @param concat the concatenation
     * @param skip the operand that came first, without what is added to it from outside
     * @param entering the operand that was computed from it, without what is added to it from outside
     */
    record Join(Node concat, Value skip, Value entering) {}

    private final AnalyzedGraph graph;

    SkipConnections(AnalyzedGraph graph) {
        this.graph = graph;
    }

    /**
     * The connections by up blocks: blocks from the output inwards, and the connections of each likewise. Empty where the graph is no
     * UNet.
     */
    List<List<Join>> blocks() {
        List<Join> joins = nested(candidates());
        List<List<Join>> blocks = new ArrayList<>();
        Join outer = null;
        for (Join join : Lists.reverse(joins)) {
            if (outer == null || upsamples(join, outer)) {
                blocks.add(new ArrayList<>());
            }
            blocks.get(blocks.size() - 1).add(join);
            outer = join;
        }
        return blocks.size() > 1 ? blocks : List.of();
    }

    private List<Join> candidates() {
        List<Join> found = new ArrayList<>();
        for (Node node : graph.graph().nodes()) {
            if (!isJoin(node)) {
                continue;
            }
            Value a = computed(node.reads().get(0));
            Value b = computed(node.reads().get(1));
            if (leadsTo(b, a)) {
                found.add(new Join(node, b, a));
            } else if (leadsTo(a, b)) {
                found.add(new Join(node, a, b));
            }
        }
        return found;
    }

    /** Whether a node joins two values of the latents. */
    private boolean isJoin(Node node) {
        return node.is("Concat")
                && node.inputs().size() == 2
                && node.reads().stream()
                        .allMatch(value -> value.producer() != null
                                && graph.dependence().dependsOn(value, graph.latents())
                                && graph.dependence().isData(value));
    }

    /**
     * A value without what is added to it from outside the UNet: residuals of a ControlNet; and in the layout in which it is computed,
     * where it is transposed for the join alone.
     */
    private Value computed(Value joined) {
        Value value = joined;
        Node producer = value.producer();
        while (producer != null && producer.is("Transpose") && value.consumers().size() == 1) {
            value = producer.reads().get(0);
            producer = value.producer();
        }
        Node sum = producer;
        if (sum != null && sum.is("Add") && sum.inputs().size() == 2) {
            List<Value> own = sum.reads().stream()
                    .filter(summand -> graph.dependence().dependsOn(summand, graph.latents()))
                    .toList();
            if (own.size() == 1) {
                return own.get(0);
            }
        }
        return value;
    }

    /** The candidates that lie in one another, the innermost first: each skip begins further out than the one before. */
    private static List<Join> nested(List<Join> candidates) {
        List<Join> joins = new ArrayList<>();
        Set<Node> behind = new HashSet<>();
        for (Join join : candidates) {
            Join inner = joins.isEmpty() ? null : joins.get(joins.size() - 1);
            if (!behind.contains(join.skip().producer())
                    && (inner == null
                            || (leadsTo(join.skip(), inner.skip())
                                    && behind.contains(join.entering().producer())))) {
                joins.add(join);
                behind.addAll(behind(join.concat()));
            }
        }
        return joins;
    }

    /** Whether the resolution grows on the way from one join to the next one further out. */
    private static boolean upsamples(Join inner, Join outer) {
        Set<Node> between = behind(inner.concat());
        between.retainAll(leadingTo(outer.entering(), inner.concat().index()));
        return between.stream().anyMatch(node -> UPSAMPLING.contains(node.opType()));
    }

    /** Whether a value is needed for another: the value itself, not another output of its node. */
    private static boolean leadsTo(Value from, Value to) {
        Node producer = from.producer();
        if (producer == null || from == to) {
            return producer != null;
        }
        Set<Node> leading = leadingTo(to, producer.index());
        return from.consumers().stream().anyMatch(leading::contains);
    }

    /** The nodes that a value needs, from a position of the graph on. */
    private static Set<Node> leadingTo(Value value, int start) {
        Set<Node> leading = new HashSet<>();
        Deque<Value> open = new ArrayDeque<>(List.of(value));
        while (!open.isEmpty()) {
            Node producer = open.remove().producer();
            if (producer != null && producer.index() >= start && leading.add(producer)) {
                open.addAll(producer.reads());
            }
        }
        return leading;
    }

    private static Set<Node> behind(Node node) {
        return ForwardWalk.from(List.of(node));
    }
}
