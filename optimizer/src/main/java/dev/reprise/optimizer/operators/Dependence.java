package dev.reprise.optimizer.operators;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which model inputs every node depends on, and which nodes are no more than constants or arithmetic on shapes.
 *
 * <p>By reachability alone, so never wrong: a node that cannot be reached from an input cannot change with it. Random operators
 * depend on everything.
 */
public final class Dependence {
    private final BitSet[] inputs;
    private final boolean[] constant;
    private final boolean[] shape;
    /** Position of each model input. */
    private final Map<Value, Integer> modelInputs = new HashMap<>();

    public Dependence(Graph graph) {
        int count = graph.nodes().size();
        graph.inputs().forEach(input -> modelInputs.put(input, modelInputs.size()));
        this.inputs = new BitSet[count];
        this.constant = new boolean[count];
        this.shape = new boolean[count];
        for (Node node : graph.nodes()) {
            BitSet depends = new BitSet(modelInputs.size());
            boolean constantInputs = true;
            boolean shapeInputs = true;
            for (Value read : node.reads()) {
                Node producer = read.producer();
                // CastLike reads no more than the type of its second input.
                boolean readsData = !node.is("CastLike") || read == node.input(0);
                if (producer != null) {
                    depends.or(inputs[producer.index()]);
                    constantInputs &= constant[producer.index()];
                    shapeInputs &= !readsData || constant[producer.index()] || shape[producer.index()];
                } else if (read.isInput()) {
                    depends.set(position(read));
                    constantInputs = false;
                    shapeInputs &= !readsData;
                }
            }
            if (Operators.isRandom(node)) {
                depends.set(0, modelInputs.size());
                constantInputs = false;
                shapeInputs = false;
            }
            int index = node.index();
            inputs[index] = depends;
            constant[index] = constantInputs;
            shape[index] =
                    !constantInputs && (Operators.isShape(node) || (shapeInputs && Operators.isShapeArithmetic(node)));
        }
    }

    /** The model inputs that a node depends on, as indices into {@link Graph#inputs()}. */
    public BitSet of(Node node) {
        return inputs[node.index()];
    }

    /** The model inputs that a value depends on. */
    public BitSet of(Value value) {
        Node producer = value.producer();
        if (producer != null) {
            return inputs[producer.index()];
        }
        BitSet own = new BitSet();
        if (value.isInput()) {
            own.set(position(value));
        }
        return own;
    }

    public boolean dependsOn(Value value, @Nullable Value input) {
        return input != null && of(value).get(position(input));
    }

    private int position(Value input) {
        return Objects.requireNonNull(modelInputs.get(input), "every input of the graph has a position");
    }

    /** Whether a node needs no model input at all. */
    public boolean isConstant(Node node) {
        return constant[node.index()];
    }

    /** Whether a node is a Shape, or arithmetic on nothing but shapes and constants. */
    public boolean isShapeArithmetic(Node node) {
        return shape[node.index()];
    }

    /** Whether a value carries data: neither stored, nor constant, nor arithmetic on shapes. */
    public boolean isData(Value value) {
        Node producer = value.producer();
        return producer == null ? !value.isStored() : isData(producer);
    }

    /** Whether a node computes data: it is neither constant nor arithmetic on shapes. */
    public boolean isData(Node node) {
        return !isConstant(node) && !isShapeArithmetic(node);
    }
}
