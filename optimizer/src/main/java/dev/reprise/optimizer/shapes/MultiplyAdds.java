package dev.reprise.optimizer.shapes;

import com.google.common.collect.ImmutableMap;
import dev.reprise.graph.Node;
import dev.reprise.optimizer.operators.Operators;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Multiply-adds of a node for given shapes: matrix products, convolutions and fused attention; everything else counts 0. An open
 * dimension counts 1.
 */
public final class MultiplyAdds {
    /** How many products are added up for one element of a result. */
    private interface Rule {
        long terms(Operands operands);
    }

    private static final Rule LAST_OF_FIRST = operands -> Dimensions.fromEnd(operands.shape(0), -1);

    /** Products that are not the sum over the last dimension of their first operand. */
    private static final ImmutableMap<String, Rule> TABLE = ImmutableMap.<String, Rule>builder()
            .put("MatMulNBits", operands -> Math.max(1, operands.integer("K", 1)))
            .put("MatMulBnb4", operands -> Math.max(1, operands.integer("K", 1)))
            .put("Gemm", MultiplyAdds::transposed)
            .put("FusedGemm", MultiplyAdds::transposed)
            .put("GemmFloat8", MultiplyAdds::transposed)
            .put("QGemm", MultiplyAdds::transposed)
            .put("FusedMatMul", MultiplyAdds::transposed)
            .put("TransposeMatMul", MultiplyAdds::transposed)
            .put("Conv", operands -> kernel(operands, 1))
            .put("ConvInteger", operands -> kernel(operands, 1))
            .put("FusedConv", operands -> kernel(operands, 1))
            .put("NhwcConv", operands -> kernel(operands, 1))
            .put("ConvTranspose", operands -> kernel(operands, 1))
            .put("QLinearConv", operands -> kernel(operands, 3))
            .buildOrThrow();

    private final ShapePropagation shapes;

    public MultiplyAdds(ShapePropagation shapes) {
        this.shapes = shapes;
    }

    public long of(Node node) {
        return of(
                shapes.operands(node),
                node.writes().isEmpty() ? null : shapes.shape(node.writes().get(0)));
    }

    /** @param result shape of the first output, null where unknown */
    static long of(Operands operands, @Nullable List<Long> result) {
        Node node = operands.node();
        if (node.opType().equals("Einsum")) {
            return einsum(operands);
        }
        if (Operators.isFusedAttention(node)) {
            AttentionShapes attention = AttentionShapes.of(operands);
            return attention == null ? 0 : attention.multiplyAdds();
        }
        if (!Operators.isProduct(node)) {
            return 0;
        }
        Rule rule = TABLE.getOrDefault(node.opType(), LAST_OF_FIRST);
        return Dimensions.times(Dimensions.elements(result), rule.terms(operands));
    }

    private static long transposed(Operands operands) {
        return Dimensions.fromEnd(operands.shape(0), operands.integer("transA", 0) == 0 ? -1 : -2);
    }

    /** Products behind one result of a convolution: input channels of a group times kernel positions. */
    private static long kernel(Operands operands, int weightInput) {
        List<Long> weight = operands.shape(weightInput);
        return weight == null || weight.size() < 2 ? 1 : Dimensions.elements(weight.subList(1, weight.size()));
    }

    /** The product of all dimensions that the equation names. */
    private static long einsum(Operands operands) {
        Equation equation = Equation.of(operands.node());
        Map<Character, Long> sizes = equation == null ? null : equation.sizes(operands);
        return sizes == null ? 0 : Dimensions.elements(List.copyOf(sizes.values()));
    }
}
