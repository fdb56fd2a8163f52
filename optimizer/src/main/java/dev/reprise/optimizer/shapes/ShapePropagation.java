package dev.reprise.optimizer.shapes;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Operators;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shapes that ONNX Runtime's inference leaves open because a Reshape, Expand or Slice takes its dimensions from a computation:
 * TorchScript exports compute most of theirs. Evaluates the arithmetic on shapes ({@link ShapeValues}) and carries shapes through
 * the operators that transformers are made of ({@link ShapeRules}). What stays unknown stays unknown. Shapes found here size
 * things and, where all inputs have fixed ones, are declared to ONNX Runtime; they never decide what is computed.
 */
public final class ShapePropagation {
    private final TensorTypes types;
    private final Map<Value, List<Long>> shapes = new HashMap<>();
    private final ShapeValues values = new ShapeValues();

    public ShapePropagation(Graph graph, TensorTypes types) {
        this.types = types;
        for (Node node : graph.nodes()) {
            Operands operands = operands(node);
            values.evaluate(operands);
            for (int i = 0; i < node.outputs().size(); i++) {
                Value output = node.outputs().get(i);
                if (output != null && !Dimensions.isKnown(types.shape(output))) {
                    List<Long> shape = infer(operands, output, i);
                    if (shape != null && Dimensions.isKnown(shape)) {
                        shapes.put(output, shape);
                    }
                }
            }
        }
    }

    /** The shape of a value; open dimensions are −1, null where unknown. */
    @Nullable
    public List<Long> shape(@Nullable Value value) {
        if (value == null) {
            return null;
        }
        List<Long> found = shapes.get(value);
        return found != null ? found : types.shape(value);
    }

    Operands operands(Node node) {
        return new Operands(node, this::shape, values::of);
    }

    private @Nullable List<Long> infer(Operands operands, Value output, int position) {
        if (Operators.isShape(operands.node())) {
            List<Long> dimensions = values.of(output);
            return dimensions == null ? null : List.of((long) dimensions.size());
        }
        return ShapeRules.shape(operands, position);
    }
}
