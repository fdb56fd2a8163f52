package dev.reprise.optimizer.shapes;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.onnx.AttributeProto;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A node and what is known of the values it reads: all that a rule may ask. */
final class Operands {
    private final Node node;
    private final Function<@Nullable Value, @Nullable List<Long>> shapes;
    private final Function<@Nullable Value, @Nullable List<Long>> integers;

    /**
     * @param shapes shape of a value, null where unknown
     * @param integers elements of a small integer tensor, null where unknown
     */
    Operands(
            Node node,
            Function<@Nullable Value, @Nullable List<Long>> shapes,
            Function<@Nullable Value, @Nullable List<Long>> integers) {
        this.node = node;
        this.shapes = shapes;
        this.integers = integers;
    }

    Node node() {
        return node;
    }

    /** Shape of the input at this position, null where it is unknown or left out. */
    @Nullable
    List<Long> shape(int input) {
        return shapes.apply(node.input(input));
    }

    /** Shapes of all inputs that are there. */
    List<@Nullable List<Long>> shapes() {
        List<@Nullable List<Long>> found = new ArrayList<>();
        node.reads().forEach(read -> found.add(shapes.apply(read)));
        return found;
    }

    /** Elements of the input at this position, null where they are unknown or it is left out. */
    @Nullable
    List<Long> integers(int input) {
        return integers.apply(node.input(input));
    }

    long integer(String attribute, long otherwise) {
        return node.integer(attribute, otherwise);
    }

    long integer(String attribute, int index, long otherwise) {
        AttributeProto found = node.attribute(attribute);
        return found == null || index >= found.getIntsCount() ? otherwise : found.getInts(index);
    }

    /** Axes from the attribute of old operator sets or from the second input; null where there are none. */
    @Nullable
    List<Long> axes() {
        AttributeProto attribute = node.attribute("axes");
        return attribute != null ? attribute.getIntsList() : integers(1);
    }
}
