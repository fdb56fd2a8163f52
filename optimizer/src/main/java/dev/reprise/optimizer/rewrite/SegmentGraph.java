package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.inline.UniqueNames;
import dev.reprise.optimizer.shapes.ShapePropagation;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The graph of one segment with what is known of its values. Values keep their names from model to segment, so types and shapes are
 * those of the model; of what an earlier rewrite made nothing is known.
 */
final class SegmentGraph {
    private final Graph graph;
    private final ModelFacts facts;

    /**
     * What is known of a whole model.
     *
     * @param graph the model
     * @param types element types, and shapes with −1 for open dimensions
     * @param typical shapes with typical values for open dimensions
     * @param names names that are taken
     */
    record ModelFacts(Graph graph, TensorTypes types, ShapePropagation typical, UniqueNames names) {}

    SegmentGraph(Graph graph, ModelFacts facts) {
        this.graph = graph;
        this.facts = facts;
    }

    /** The node of this operator that makes a value, and nothing else, for one reader alone; null where there is none. */
    static @Nullable Node soleProducer(@Nullable Value value, String operator) {
        Node producer = value == null || value.consumers().size() != 1 || value.isOutput() ? null : value.producer();
        return producer != null && producer.is(operator) && producer.writes().size() == 1 ? producer : null;
    }

    Graph graph() {
        return graph;
    }

    /** Shape with −1 for what is open, null where unknown. */
    @Nullable
    List<Long> shape(Value value) {
        Value original = facts.graph().value(value.name());
        return original == null ? null : facts.types().shape(original);
    }

    /** Shape with typical values for what is open, null where unknown. */
    @Nullable
    List<Long> typicalShape(Value value) {
        Value original = facts.graph().value(value.name());
        return original == null ? null : facts.typical().shape(original);
    }

    /** One dimension, counted from the front or, negative, from the back; −1 where it is open or unknown. */
    long dimension(Value value, int axis) {
        List<Long> rank = typicalShape(value);
        int position = axis < 0 && rank != null ? axis + rank.size() : axis;
        return rank == null || position < 0 || position >= rank.size() ? -1 : FixedDimensions.of(value, position, this);
    }

    boolean isFloat(Value value) {
        Value original = facts.graph().value(value.name());
        return original != null && facts.types().elementType(original) == ElementType.FLOAT;
    }

    /** A name that no value and no node has. */
    String fresh(String wanted) {
        return facts.names().like(wanted);
    }
}
