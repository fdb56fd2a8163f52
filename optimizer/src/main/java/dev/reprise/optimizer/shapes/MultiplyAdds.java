package dev.reprise.optimizer.shapes;

import com.google.common.base.Splitter;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.optimizer.operators.Operators;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Multiply-adds of a node for given shapes: matrix products, convolutions and fused attention; everything else counts 0. An open
 * dimension counts 1.
 */
public final class MultiplyAdds {
    private final ShapePropagation shapes;

    public MultiplyAdds(ShapePropagation shapes) {
        this.shapes = shapes;
    }

    public long of(Node node) {
        if (node.opType().equals("Einsum")) {
            return einsum(node);
        }
        if (Operators.isFusedAttention(node)) {
            return attention(node);
        }
        if (!Operators.isProduct(node) || node.writes().isEmpty()) {
            return 0;
        }
        long results = elements(shape(node.writes().get(0)));
        return results * termsPerResult(node);
    }

    private long termsPerResult(Node node) {
        return switch (node.opType()) {
            case "MatMulNBits", "MatMulBnb4" -> Math.max(1, node.integer("K", 1));
            case "Gemm", "FusedGemm", "GemmFloat8", "QGemm", "FusedMatMul", "TransposeMatMul" ->
                dimension(shape(node.input(0)), node.integer("transA", 0) == 0 ? -1 : -2);
            case "Conv", "ConvInteger", "FusedConv", "ConvTranspose" -> kernel(node, 1);
            case "QLinearConv" -> kernel(node, 3);
            default -> dimension(shape(node.input(0)), -1);
        };
    }

    /** Products behind one result of a convolution: input channels of a group times kernel positions. */
    private long kernel(Node node, int weightInput) {
        List<Long> weight = shape(node.input(weightInput));
        if (weight == null || weight.size() < 2) {
            return 1;
        }
        long terms = 1;
        for (int i = 1; i < weight.size(); i++) {
            terms *= Math.max(1, weight.get(i));
        }
        return terms;
    }

    /** Scores and weighted sum, plus packed projections where the operator has them. */
    private long attention(Node node) {
        List<Long> query = shape(node.input(0));
        List<Long> key = node.domain().isEmpty() || node.input(1) == null ? query : shape(node.input(1));
        if (node.domain().isEmpty() && node.input(1) != null) {
            key = shape(node.input(1));
        }
        if (query == null || key == null || query.size() < 3) {
            return 0;
        }
        long queries = elements(query);
        long keyTokens = dimension(key, -2);
        return 2 * queries * keyTokens;
    }

    /** The product of all dimensions that the equation names. */
    private long einsum(Node node) {
        AttributeProto equation = node.attribute("equation");
        if (equation == null) {
            return 0;
        }
        String terms = equation.getS().toStringUtf8().replace(" ", "");
        int arrow = terms.indexOf("->");
        List<String> operands = Splitter.on(',').splitToList(arrow < 0 ? terms : terms.substring(0, arrow));
        Map<Character, Long> sizes = new HashMap<>();
        for (int i = 0; i < operands.size(); i++) {
            List<Long> shape = shape(node.input(i));
            String letters = operands.get(i).replace("...", "");
            if (shape == null || letters.length() > shape.size()) {
                return 0;
            }
            int skipped = shape.size() - letters.length();
            for (int j = 0; j < letters.length(); j++) {
                sizes.merge(letters.charAt(j), Math.max(1, shape.get(skipped + j)), Math::max);
            }
        }
        return sizes.values().stream().reduce(1L, (a, b) -> a * b);
    }

    private @Nullable List<Long> shape(@Nullable Value value) {
        return shapes.shape(value);
    }

    private static long dimension(@Nullable List<Long> shape, int fromEnd) {
        return shape == null || shape.size() < -fromEnd ? 1 : Math.max(1, shape.get(shape.size() + fromEnd));
    }

    public static long elements(@Nullable List<Long> shape) {
        long elements = 1;
        if (shape != null) {
            for (long dimension : shape) {
                elements *= Math.max(1, dimension);
            }
        }
        return elements;
    }
}
