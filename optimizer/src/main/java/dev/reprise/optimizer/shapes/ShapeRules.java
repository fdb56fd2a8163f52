package dev.reprise.optimizer.shapes;

import com.google.common.collect.ImmutableMap;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which rule gives the shape of an operator's output. A rule that lacks the shape of an operand finds nothing: null. */
final class ShapeRules {
    /** Shape of the first output from what is known of the operands. */
    private interface Rule {
        @Nullable
        List<Long> shape(Operands operands);
    }

    private static final ImmutableMap<String, Rule> TABLE = table();

    private ShapeRules() {}

    /** The shape of an output, null where it is unknown. Of what comes behind a first output, only the parts of a Split count. */
    static @Nullable List<Long> shape(Operands operands, int output) {
        String operator = operands.node().opType();
        if (operator.equals("Split")) {
            return LayoutRules.split(operands, output);
        }
        Rule rule = TABLE.get(operator);
        if (rule == null && Operators.isNorm(operands.node())) {
            rule = ShapeRules::same;
        }
        return rule == null || output > 0 ? null : rule.shape(operands);
    }

    private static ImmutableMap<String, Rule> table() {
        ImmutableMap.Builder<String, Rule> table = ImmutableMap.builder();
        table.put("Constant", ShapeRules::constant);
        table.put("ConstantOfShape", operands -> operands.integers(0));
        table.put("Range", ShapeRules::range);

        table.put("Reshape", LayoutRules::reshape);
        table.put("Expand", LayoutRules::expand);
        table.put("Transpose", LayoutRules::transpose);
        table.put("Tile", LayoutRules::tile);
        table.put("Flatten", LayoutRules::flatten);
        table.put("Unsqueeze", LayoutRules::unsqueeze);
        table.put("Squeeze", LayoutRules::squeeze);
        table.put("Concat", LayoutRules::concat);
        table.put("Slice", LayoutRules::slice);
        table.put("Gather", LayoutRules::gather);

        table.put("MatMul", ProductRules::matMul);
        table.put("FusedMatMul", ProductRules::matMul);
        table.put("MatMulInteger", ProductRules::matMul);
        table.put("Gemm", ProductRules::gemm);
        table.put("MatMulNBits", ProductRules::quantizedMatMul);
        table.put("Conv", ProductRules::convolution);
        table.put("Einsum", ProductRules::einsum);

        for (String operator :
                List.of("Attention", "MultiHeadAttention", "GroupQueryAttention", "PackedAttention", "QAttention")) {
            table.put(operator, ShapeRules::attention);
        }
        for (String operator : List.of("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceProd")) {
            table.put(operator, ShapeRules::reduce);
        }
        for (String operator : List.of(
                "Add", "Sub", "Mul", "Div", "Pow", "Where", "Max", "Min", "Equal", "Greater", "Less", "And", "Or",
                "Mod")) {
            table.put(operator, ShapeRules::broadcast);
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
            table.put(operator, ShapeRules::same);
        }
        return table.buildOrThrow();
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
