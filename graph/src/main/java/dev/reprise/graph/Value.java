package dev.reprise.graph;

import dev.reprise.graph.onnx.TensorProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An edge of a {@link Graph}: a graph input, an initializer or the output of a node, with everyone who reads it. An initializer
 * that is also a graph input counts as an input with a default value: a caller may feed another one.
 */
public final class Value {
    private final String name;
    private final @Nullable Node producer;
    private final @Nullable TensorProto initializer;
    private final boolean input;
    private final List<Node> consumers = new ArrayList<>();
    private boolean output;

    Value(String name, @Nullable Node producer, @Nullable TensorProto initializer, boolean input) {
        this.name = name;
        this.producer = producer;
        this.initializer = initializer;
        this.input = input;
    }

    public String name() {
        return name;
    }

    /** The node that makes it, null for inputs and initializers. */
    public @Nullable Node producer() {
        return producer;
    }

    /** The stored value; null unless this is an initializer. Sparse initializers have none but are {@link #isInitializer}. */
    public @Nullable TensorProto initializer() {
        return input ? null : initializer;
    }

    /** The value of an input that is not fed; null where it must be fed. */
    public @Nullable TensorProto defaultValue() {
        return input ? initializer : null;
    }

    /** What the model stores for it, as an initializer or as a default value; null where that is nothing, or sparse. */
    public @Nullable TensorProto content() {
        return initializer;
    }

    public boolean isInput() {
        return input;
    }

    public boolean isOutput() {
        return output;
    }

    /** Whether it is stored in the model and cannot be fed. */
    public boolean isInitializer() {
        return producer == null && !input;
    }

    /** Whether it is stored in the model: an initializer, or an input with a default value. */
    public boolean isStored() {
        return isInitializer() || defaultValue() != null;
    }

    /** Nodes that read it, in graph order, each once; nodes whose If or Loop bodies capture it included. */
    public List<Node> consumers() {
        return Collections.unmodifiableList(consumers);
    }

    void addConsumer(Node node) {
        if (consumers.isEmpty() || consumers.get(consumers.size() - 1) != node) {
            consumers.add(node);
        }
    }

    void markOutput() {
        output = true;
    }

    @Override
    public String toString() {
        return name;
    }
}
