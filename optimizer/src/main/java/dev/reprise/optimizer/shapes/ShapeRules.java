package dev.reprise.optimizer.shapes;

import com.google.common.collect.ImmutableMap;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which rule gives the shape of an operator's output. A rule that lacks the shape of an operand finds nothing: null. */
final class ShapeRules {
    /** Shape of one output from what is known of the operands. */
    interface Rule {
        @Nullable
        List<Long> shape(Operands operands, int output);
    }

    /** A rule for the first output. */
    private interface FirstOutput {
        @Nullable
        List<Long> shape(Operands operands);
    }

    private static final ImmutableMap<String, Rule> TABLE = table();

    private ShapeRules() {}

    /** The shape of an output, null where it is unknown. */
    static @Nullable List<Long> shape(Operands operands, int output) {
        Rule rule = TABLE.get(operands.node().opType());
        if (rule == null && Operators.isNorm(operands.node())) {
            rule = first(ShapeRules::same);
        }
        return rule == null ? null : rule.shape(operands, output);
    }

    private static ImmutableMap<String, Rule> table() {
        ImmutableMap.Builder<String, Rule> table = ImmutableMap.builder();
        table.put("Constant", first(ShapeRules::constant));
        table.put("ConstantOfShape", first(operands -> operands.integers(0)));
        table.put("Range", first(ShapeRules::range));

        table.put("Reshape", first(LayoutRules::reshape));
        table.put("Expand", first(LayoutRules::expand));
        table.put("Transpose", first(LayoutRules::transpose));
        table.put("Tile", first(LayoutRules::tile));
        table.put("Flatten", first(LayoutRules::flatten));
        table.put("Unsqueeze", first(LayoutRules::unsqueeze));
        table.put("Squeeze", first(LayoutRules::squeeze));
        table.put("Concat", first(LayoutRules::concat));
        table.put("Split", LayoutRules::split);
        table.put("Slice", first(LayoutRules::slice));
        table.put("Gather", first(LayoutRules::gather));

        table.put("MatMul", first(ProductRules::matMul));
        table.put("FusedMatMul", first(ProductRules::matMul));
        table.put("MatMulInteger", first(ProductRules::matMul));
        table.put("Gemm", first(ProductRules::gemm));
        table.put("MatMulNBits", first(ProductRules::quantizedMatMul));
        table.put("Conv", first(ProductRules::convolution));
        table.put("Einsum", first(ProductRules::einsum));

        for (String operator :
                List.of("Attention", "MultiHeadAttention", "GroupQueryAttention", "PackedAttention", "QAttention")) {
            table.put(operator, first(ShapeRules::attention));
        }
        for (String operator : List.of("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceProd")) {
            table.put(operator, first(ShapeRules::reduce));
        }
        for (String operator : List.of(
                "Add", "Sub", "Mul", "Div", "Pow", "Where", "Max", "Min", "Equal", "Greater", "Less", "And", "Or",
                "Mod")) {
            table.put(operator, first(ShapeRules::broadcast));
        }
        for (String operator : List.of(
                "Cast",
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
                "Trilu")) {
            table.put(operator, first(ShapeRules::same));
        }
        return table.buildOrThrow();
    }

    private static Rule first(FirstOutput rule) {
        return (operands, output) -> output == 0 ? rule.shape(operands) : null;
    }

    private static @Nullable List<Long> same(Operands operands) {
        return operands.shape(0);
    }

    private static @Nullable List<Long> constant(Operands operands) {
        AttributeProto value = operands.node().attribute("value");
        if (value != null) {
            return value.getT().getDimsList();
        }
        AttributeProto ints = operands.node().attribute("value_ints");
        return ints == null ? List.of() : List.of((long) ints.getIntsCount());
    }

    private static @Nullable List<Long> range(Operands operands) {
        List<Long> start = operands.integers(0);
        List<Long> limit = operands.integers(1);
        List<Long> delta = operands.integers(2);
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

    private static @Nullable List<Long> broadcast(Operands operands) {
        List<Long> shape = List.of();
        for (List<Long> operand : operands.shapes()) {
            shape = Dimensions.broadcast(shape, operand);
        }
        return shape;
    }

    private static @Nullable List<Long> reduce(Operands operands) {
        List<Long> input = operands.shape(0);
        List<Long> axes = operands.axes();
        if (input == null || axes == null) {
            return null;
        }
        boolean keeps = operands.integer("keepdims", 1) != 0;
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < input.size(); i++) {
            int at = i;
            if (axes.stream().noneMatch(axis -> Dimensions.axis(axis, input.size()) == at)) {
                shape.add(input.get(i));
            } else if (keeps) {
                shape.add(1L);
            }
        }
        return shape;
    }

    private static @Nullable List<Long> attention(Operands operands) {
        AttentionShapes attention = AttentionShapes.of(operands);
        return attention == null ? null : attention.result();
    }
}
