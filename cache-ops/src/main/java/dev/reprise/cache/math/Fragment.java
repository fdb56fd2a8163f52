package dev.reprise.cache.math;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.onnx.ModelProto;
import java.util.List;
import java.util.function.Supplier;

/**
 * A tiny ONNX model for arithmetic on tensors. Two fragments with the same name are the same model, so that a runner keeps one
 * session per fragment; the model itself is only built when that session is made.
 */
public final class Fragment {
    private final String name;
    private final List<String> inputs;
    private final List<String> outputs;
    private final Supplier<ModelProto> model;

    /**
     * @param name says everything the model depends on: operation, element types, arity, constants
     * @param inputs names of the graph inputs, in order
     * @param outputs names of the graph outputs, in order
     * @param model builds the model; must always build the same
     */
    Fragment(String name, List<String> inputs, List<String> outputs, Supplier<ModelProto> model) {
        this.name = name;
        this.inputs = List.copyOf(inputs);
        this.outputs = List.copyOf(outputs);
        this.model = model;
    }

    /** Gives another tensor with the same elements. */
    public static Fragment copy(ElementType type) {
        return TensorFragments.cast(type, type);
    }

    /** Operation, element types and arity: {@code combine[FLOAT16, FLOAT]->FLOAT16}. */
    public String name() {
        return name;
    }

    public List<String> inputs() {
        return inputs;
    }

    public List<String> outputs() {
        return outputs;
    }

    /** The serialized ONNX model, built anew. */
    public byte[] model() {
        return model.get().toByteArray();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fragment fragment && name.equals(fragment.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
