package dev.reprise.optimizer;

import com.google.common.base.Splitter;
import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.onnx.AttributeProto;
import java.util.ArrayList;
import java.util.Collections;
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
final class ShapePropagation {
    private final TensorTypes types;
    private final Map<Value, List<Long>> shapes = new HashMap<>();
    private final ShapeValues values = new ShapeValues(this::shape);

    ShapePropagation(Graph graph, TensorTypes types) {
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
    List<Long> shape(@Nullable Value value) {
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
            case "Constant" -> constant(node);
            case "Tile" -> tile(first, values.of(node.input(1)));
            case "Flatten" -> flatten(node, first);
            case "Einsum" -> einsum(node);
            case "Reshape" -> reshape(first, values.of(node.input(1)), node.integer("allowzero", 0) != 0);
            case "Expand" -> broadcast(first, values.of(node.input(1)));
            case "ConstantOfShape" -> values.of(node.input(0));
            case "Transpose" -> transpose(node, first);
            case "MatMul", "FusedMatMul", "MatMulInteger" -> product(first, shape(node.input(1)));
            case "Gemm" -> gemm(node, first, shape(node.input(1)));
            case "MatMulNBits" -> lastReplaced(first, node.integer("N", 0));
            case "Concat" -> concat(node);
            case "Split" -> split(node, first, output);
            case "Slice" -> slice(node, first);
            case "Unsqueeze" -> unsqueeze(first, axes(node));
            case "Squeeze" -> squeeze(first, axes(node));
            case "Gather" -> gather(node, first, shape(node.input(1)));
            case "Conv" -> convolution(node, first, shape(node.input(1)));
            case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceProd" -> reduce(node, first);
            case "Attention" -> output == 0 ? attention(first, shape(node.input(2))) : null;
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
            case "Range" -> range(values.of(node.input(0)), values.of(node.input(1)), values.of(node.input(2)));
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

    private static @Nullable List<Long> constant(Node node) {
        AttributeProto value = node.attribute("value");
        if (value != null) {
            return value.getT().getDimsList();
        }
        AttributeProto ints = node.attribute("value_ints");
        return ints == null ? List.of() : List.of((long) ints.getIntsCount());
    }

    private static @Nullable List<Long> tile(@Nullable List<Long> input, @Nullable List<Long> repeats) {
        if (input == null || repeats == null || input.size() != repeats.size()) {
            return null;
        }
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < input.size(); i++) {
            shape.add(input.get(i) * repeats.get(i));
        }
        return shape;
    }

    private static @Nullable List<Long> flatten(Node node, @Nullable List<Long> input) {
        if (input == null) {
            return null;
        }
        int axis = axis(node.integer("axis", 1), input.size());
        return axis < 0 || axis > input.size()
                ? null
                : List.of(
                        MultiplyAdds.elements(input.subList(0, axis)),
                        MultiplyAdds.elements(input.subList(axis, input.size())));
    }

    private static @Nullable List<Long> range(
            @Nullable List<Long> start, @Nullable List<Long> limit, @Nullable List<Long> delta) {
        if (start == null
                || limit == null
                || delta == null
                || start.size() != 1
                || limit.size() != 1
                || delta.size() != 1
                || delta.get(0) == 0) {
            return null;
        }
        long step = delta.get(0);
        return List.of(Math.max(0, (limit.get(0) - start.get(0) + step - Long.signum(step)) / step));
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

    private static @Nullable List<Long> reshape(
            @Nullable List<Long> input, @Nullable List<Long> target, boolean allowZero) {
        if (input == null || target == null) {
            return null;
        }
        List<Long> shape = new ArrayList<>(target);
        long known = 1;
        int open = -1;
        for (int i = 0; i < shape.size(); i++) {
            if (shape.get(i) == 0 && !allowZero && i < input.size()) {
                shape.set(i, input.get(i));
            }
            if (shape.get(i) == -1) {
                open = i;
            } else {
                known *= Math.max(1, shape.get(i));
            }
        }
        if (open >= 0) {
            shape.set(open, MultiplyAdds.elements(input) / known);
        }
        return shape;
    }

    private @Nullable List<Long> broadcastAll(Node node) {
        List<Long> shape = List.of();
        for (Value read : node.reads()) {
            shape = broadcast(shape, shape(read));
        }
        return shape;
    }

    private static @Nullable List<Long> broadcast(@Nullable List<Long> a, @Nullable List<Long> b) {
        if (a == null || b == null) {
            return null;
        }
        int rank = Math.max(a.size(), b.size());
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            long left = i < rank - a.size() ? 1 : a.get(i - rank + a.size());
            long right = i < rank - b.size() ? 1 : b.get(i - rank + b.size());
            shape.add(left == 1 ? Long.valueOf(right) : Long.valueOf(left));
        }
        return shape;
    }

    private static @Nullable List<Long> transpose(Node node, @Nullable List<Long> input) {
        if (input == null) {
            return null;
        }
        AttributeProto order = node.attribute("perm");
        List<Long> shape = new ArrayList<>();
        if (order == null) {
            shape.addAll(input);
            Collections.reverse(shape);
            return shape;
        }
        for (long from : order.getIntsList()) {
            if (from < 0 || from >= input.size()) {
                return null;
            }
            shape.add(input.get((int) from));
        }
        return shape;
    }

    private static @Nullable List<Long> product(@Nullable List<Long> a, @Nullable List<Long> b) {
        if (a == null || b == null || a.size() < 2 || b.size() < 2) {
            return null;
        }
        List<Long> shape = broadcast(a.subList(0, a.size() - 2), b.subList(0, b.size() - 2));
        if (shape != null) {
            shape.add(a.get(a.size() - 2));
            shape.add(b.get(b.size() - 1));
        }
        return shape;
    }

    private static @Nullable List<Long> gemm(Node node, @Nullable List<Long> a, @Nullable List<Long> b) {
        if (a == null || b == null || a.size() != 2 || b.size() != 2) {
            return null;
        }
        return List.of(a.get(node.integer("transA", 0) == 0 ? 0 : 1), b.get(node.integer("transB", 0) == 0 ? 1 : 0));
    }

    private static @Nullable List<Long> lastReplaced(@Nullable List<Long> input, long last) {
        if (input == null || input.isEmpty()) {
            return null;
        }
        List<Long> shape = new ArrayList<>(input);
        shape.set(shape.size() - 1, last);
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
                axis = axis(node.integer("axis", 0), part.size());
            } else if (axis >= 0 && axis < part.size() && axis < shape.size()) {
                shape.set(axis, shape.get(axis) + part.get(axis));
            }
        }
        return shape;
    }

    private @Nullable List<Long> split(Node node, @Nullable List<Long> input, int output) {
        int axis = input == null ? -1 : axis(node.integer("axis", 0), input.size());
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
            int axis = axes == null ? i : i < axes.size() ? axis(axes.get(i), input.size()) : -1;
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

    private static @Nullable List<Long> unsqueeze(@Nullable List<Long> input, @Nullable List<Long> axes) {
        if (input == null || axes == null) {
            return null;
        }
        int rank = input.size() + axes.size();
        List<Integer> inserted =
                axes.stream().map(axis -> axis(axis, rank)).sorted().toList();
        List<Long> shape = new ArrayList<>(input);
        for (int axis : inserted) {
            if (axis < 0 || axis > shape.size()) {
                return null;
            }
            shape.add(axis, 1L);
        }
        return shape;
    }

    private static @Nullable List<Long> squeeze(@Nullable List<Long> input, @Nullable List<Long> axes) {
        if (input == null) {
            return null;
        }
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < input.size(); i++) {
            int at = i;
            boolean dropped =
                    axes == null ? input.get(i) == 1 : axes.stream().anyMatch(axis -> axis(axis, input.size()) == at);
            if (!dropped) {
                shape.add(input.get(i));
            }
        }
        return shape;
    }

    private static @Nullable List<Long> gather(Node node, @Nullable List<Long> data, @Nullable List<Long> indices) {
        int axis = data == null ? -1 : axis(node.integer("axis", 0), data.size());
        if (data == null || indices == null || axis < 0 || axis >= data.size()) {
            return null;
        }
        List<Long> shape = new ArrayList<>(data.subList(0, axis));
        shape.addAll(indices);
        shape.addAll(data.subList(axis + 1, data.size()));
        return shape;
    }

    private static @Nullable List<Long> convolution(
            Node node, @Nullable List<Long> input, @Nullable List<Long> weight) {
        if (input == null || weight == null || input.size() != weight.size() || input.size() < 3) {
            return null;
        }
        List<Long> shape = new ArrayList<>(List.of(input.get(0), weight.get(0)));
        int spatial = input.size() - 2;
        for (int i = 0; i < spatial; i++) {
            long stride = integer(node, "strides", i, 1);
            long kernel = (weight.get(2 + i) - 1) * integer(node, "dilations", i, 1) + 1;
            long padding = integer(node, "pads", i, 0) + integer(node, "pads", i + spatial, 0);
            shape.add((input.get(2 + i) + padding - kernel) / Math.max(1, stride) + 1);
        }
        return shape;
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
            if (axes.stream().noneMatch(axis -> axis(axis, input.size()) == at)) {
                shape.add(input.get(i));
            } else if (keeps) {
                shape.add(1L);
            }
        }
        return shape;
    }

    private static @Nullable List<Long> attention(@Nullable List<Long> query, @Nullable List<Long> value) {
        return query == null || value == null || value.isEmpty()
                ? query
                : lastReplaced(query, value.get(value.size() - 1));
    }

    private static long integer(Node node, String name, int index, long otherwise) {
        AttributeProto attribute = node.attribute(name);
        return attribute == null || index >= attribute.getIntsCount() ? otherwise : attribute.getInts(index);
    }

    static int axis(long axis, int rank) {
        return (int) (axis < 0 ? axis + rank : axis);
    }
}
