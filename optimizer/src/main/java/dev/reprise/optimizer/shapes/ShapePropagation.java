package dev.reprise.optimizer.shapes;

import com.google.common.base.Splitter;
import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shapes that ONNX Runtime's inference leaves open because a Reshape, Expand or Slice takes its dimensions from a computation:
 * TorchScript exports compute most of theirs. Evaluates the arithmetic on shapes ({@link ShapeValues}) and carries shapes through
 * the operators that transformers are made of. What stays unknown stays unknown; shapes found here size things, they never decide
 * what is computed.
 */
public final class ShapePropagation {
    private final TensorTypes types;
    private final Map<Value, List<Long>> shapes = new HashMap<>();
    private final ShapeValues values = new ShapeValues(this::shape);

    public ShapePropagation(Graph graph, TensorTypes types) {
        this.types = types;
        for (Node node : graph.nodes()) {
            values.evaluate(node);
            for (int i = 0; i < node.outputs().size(); i++) {
                Value output = node.outputs().get(i);
                if (output != null && !isKnown(types.shape(output))) {
                    List<Long> shape = infer(node, i);
                    if (shape != null && isKnown(shape)) {
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

    private static boolean isKnown(@Nullable List<Long> shape) {
        return shape != null && shape.stream().allMatch(dimension -> dimension >= 0);
    }

    private @Nullable List<Long> infer(Node node, int output) {
        if (Operators.isShape(node)) {
            List<Long> dimensions = values.of(node.writes().get(0));
            return dimensions == null ? null : List.of((long) dimensions.size());
        }
        List<Long> first = shape(node.input(0));
        return switch (node.opType()) {
            case "Constant" -> ShapeRules.constant(node);
            case "Tile" -> ShapeRules.tile(first, values.of(node.input(1)));
            case "Flatten" -> ShapeRules.flatten(node, first);
            case "Einsum" -> einsum(node);
            case "Reshape" -> ShapeRules.reshape(first, values.of(node.input(1)), node.integer("allowzero", 0) != 0);
            case "Expand" -> ShapeRules.broadcast(first, values.of(node.input(1)));
            case "ConstantOfShape" -> values.of(node.input(0));
            case "Transpose" -> ShapeRules.transpose(node, first);
            case "MatMul", "FusedMatMul", "MatMulInteger" -> ShapeRules.product(first, shape(node.input(1)));
            case "Gemm" -> ShapeRules.gemm(node, first, shape(node.input(1)));
            case "MatMulNBits" -> ShapeRules.lastReplaced(first, node.integer("N", 0));
            case "Concat" -> concat(node);
            case "Split" -> split(node, first, output);
            case "Slice" -> slice(node, first);
            case "Unsqueeze" -> ShapeRules.unsqueeze(first, axes(node));
            case "Squeeze" -> ShapeRules.squeeze(first, axes(node));
            case "Gather" -> ShapeRules.gather(node, first, shape(node.input(1)));
            case "Conv" -> ShapeRules.convolution(node, first, shape(node.input(1)));
            case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceProd" -> reduce(node, first);
            case "Attention" -> output == 0 ? ShapeRules.attention(first, shape(node.input(2))) : null;
            case "Add",
                    "Sub",
                    "Mul",
                    "Div",
                    "Pow",
                    "Where",
                    "Max",
                    "Min",
                    "Equal",
                    "Greater",
                    "Less",
                    "And",
                    "Or",
                    "Mod" -> broadcastAll(node);
            case "Range" ->
                ShapeRules.range(values.of(node.input(0)), values.of(node.input(1)), values.of(node.input(2)));
            default -> output == 0 && keepsShape(node) ? first : null;
        };
    }

    private static boolean keepsShape(Node node) {
        return Operators.isNorm(node)
                || switch (node.opType()) {
                    case "Cast",
                            "Identity",
                            "Softmax",
                            "Sigmoid",
                            "Tanh",
                            "Erf",
                            "Gelu",
                            "Relu",
                            "LeakyRelu",
                            "Silu",
                            "Swish",
                            "Neg",
                            "Exp",
                            "Log",
                            "Sqrt",
                            "Reciprocal",
                            "Cos",
                            "Sin",
                            "Clip",
                            "Not",
                            "IsNaN",
                            "Abs",
                            "Softplus",
                            "Dropout",
                            "QuantizeLinear",
                            "DequantizeLinear",
                            "FastGelu",
                            "QuickGelu",
                            "BiasGelu",
                            "Floor",
                            "Round",
                            "Elu",
                            "HardSigmoid",
                            "HardSwish",
                            "RotaryEmbedding",
                            "ScatterND",
                            "CumSum",
                            "Trilu" -> true;
                    default -> false;
                };
    }

    private @Nullable List<Long> einsum(Node node) {
        AttributeProto attribute = node.attribute("equation");
        String equation =
                attribute == null ? "" : attribute.getS().toStringUtf8().replace(" ", "");
        int arrow = equation.indexOf("->");
        if (arrow < 0 || equation.contains(".")) {
            return null;
        }
        List<String> operands = Splitter.on(',').splitToList(equation.substring(0, arrow));
        Map<Character, Long> sizes = new HashMap<>();
        for (int i = 0; i < operands.size(); i++) {
            List<Long> shape = shape(node.input(i));
            if (shape == null || shape.size() != operands.get(i).length()) {
                return null;
            }
            for (int j = 0; j < shape.size(); j++) {
                sizes.put(operands.get(i).charAt(j), shape.get(j));
            }
        }
        List<Long> result = new ArrayList<>();
        for (char letter : equation.substring(arrow + 2).toCharArray()) {
            result.add(sizes.getOrDefault(letter, -1L));
        }
        return result;
    }

    private @Nullable List<Long> broadcastAll(Node node) {
        List<Long> shape = List.of();
        for (Value read : node.reads()) {
            shape = ShapeRules.broadcast(shape, shape(read));
        }
        return shape;
    }

    private @Nullable List<Long> concat(Node node) {
        List<Long> shape = null;
        int axis = 0;
        for (Value read : node.reads()) {
            List<Long> part = shape(read);
            if (part == null) {
                return null;
            }
            if (shape == null) {
                shape = new ArrayList<>(part);
                axis = ShapeRules.axis(node.integer("axis", 0), part.size());
            } else if (axis >= 0 && axis < part.size() && axis < shape.size()) {
                shape.set(axis, shape.get(axis) + part.get(axis));
            }
        }
        return shape;
    }

    private @Nullable List<Long> split(Node node, @Nullable List<Long> input, int output) {
        int axis = input == null ? -1 : ShapeRules.axis(node.integer("axis", 0), input.size());
        if (input == null || axis < 0 || axis >= input.size()) {
            return null;
        }
        List<Long> sizes = values.of(node.input(1));
        List<Long> shape = new ArrayList<>(input);
        if (sizes != null && output < sizes.size()) {
            shape.set(axis, sizes.get(output));
        } else {
            shape.set(axis, input.get(axis) / Math.max(1, node.outputs().size()));
        }
        return shape;
    }

    private @Nullable List<Long> slice(Node node, @Nullable List<Long> input) {
        List<Long> starts = values.of(node.input(1));
        List<Long> ends = values.of(node.input(2));
        if (input == null || starts == null || ends == null || starts.size() != ends.size()) {
            return null;
        }
        List<Long> axes = values.of(node.input(3));
        List<Long> steps = values.of(node.input(4));
        List<Long> shape = new ArrayList<>(input);
        for (int i = 0; i < starts.size(); i++) {
            int axis = axes == null ? i : i < axes.size() ? ShapeRules.axis(axes.get(i), input.size()) : -1;
            long step = steps == null || i >= steps.size() ? 1 : steps.get(i);
            if (axis < 0 || axis >= input.size() || step == 0) {
                return null;
            }
            shape.set(axis, ShapeValues.sliced(starts.get(i), ends.get(i), step, input.get(axis)));
        }
        return shape;
    }

    /** Axes from the attribute of old operator sets or from the second input; null where there are none. */
    private @Nullable List<Long> axes(Node node) {
        AttributeProto attribute = node.attribute("axes");
        return attribute != null ? attribute.getIntsList() : values.of(node.input(1));
    }

    private @Nullable List<Long> reduce(Node node, @Nullable List<Long> input) {
        List<Long> axes = axes(node);
        if (input == null || axes == null) {
            return null;
        }
        boolean keeps = node.integer("keepdims", 1) != 0;
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < input.size(); i++) {
            int at = i;
            if (axes.stream().noneMatch(axis -> ShapeRules.axis(axis, input.size()) == at)) {
                shape.add(input.get(i));
            } else if (keeps) {
                shape.add(1L);
            }
        }
        return shape;
    }
}
