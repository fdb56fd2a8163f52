package dev.reprise.optimizer.shapes;

import dev.reprise.optimizer.operators.Operators;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a fused attention operator computes, read from its inputs. The operators differ in what they take as query, key and value:
 *
 * <pre>
 * Attention (ONNX)                    Q, K, V                        [batch, tokens, heads · size] or [batch, heads, tokens, size]
 * MultiHeadAttention (contrib)        Q, K, V                        as above; one tensor [batch, tokens, heads, 3, size]; or K and V
 *                                                                    as one [batch, tokens, heads, 2, size]
 * GroupQueryAttention (contrib)       Q, K, V                        as above; or one [batch, tokens, (heads + 2 · kv heads) · size]
 * Attention, QAttention,              hidden states, weights         [batch, tokens, hidden], [hidden, 3 · heads · size]: projects
 *   PackedAttention (contrib)                                        inside of the operator
 * </pre>
 *
 * @param result shape of the first output
 * @param queries elements of all queries
 * @param keyTokens tokens that each query looks at
 * @param projections multiply-adds of projections inside of the operator
 */
record AttentionShapes(List<Long> result, long queries, long keyTokens, long projections) {
    /** Attribute with the width of queries, keys and values, where they differ. */
    private static final String SIZES = "qkv_hidden_sizes";

    /** Null where a shape is unknown. */
    static @Nullable AttentionShapes of(Operands operands) {
        String operator = operands.node().opType();
        boolean contrib = operands.node().domain().equals(Operators.MICROSOFT);
        if (contrib
                && (operator.equals("Attention")
                        || operator.equals("QAttention")
                        || operator.equals("PackedAttention"))) {
            return projecting(operands);
        }
        List<Long> query = operands.shape(0);
        if (query == null || query.size() < 3) {
            return null;
        }
        return operands.node().input(1) == null ? packed(operands, query) : separate(operands, query);
    }

    /** Multiply-adds: the projections, each query with each key, and the weighted sums of the values. */
    long multiplyAdds() {
        long scores = Dimensions.times(queries, keyTokens);
        long sums = Dimensions.times(Dimensions.elements(result), keyTokens);
        return Dimensions.plus(projections, Dimensions.plus(scores, sums));
    }

    private static @Nullable AttentionShapes projecting(Operands operands) {
        List<Long> input = operands.shape(0);
        List<Long> weight = operands.shape(1);
        if (input == null || input.size() < 2 || weight == null || weight.size() != 2) {
            return null;
        }
        long width = weight.get(1);
        long queryWidth = operands.integer(SIZES, 0, width / 3);
        long valueWidth = operands.integer(SIZES, 2, width / 3);
        List<Long> rows = input.subList(0, input.size() - 1);
        List<Long> result = Dimensions.lastReplaced(input, valueWidth);
        return result == null
                ? null
                : new AttentionShapes(
                        result,
                        Dimensions.times(Dimensions.elements(rows), Math.max(1, queryWidth)),
                        Dimensions.fromEnd(input, -2),
                        Dimensions.times(Dimensions.elements(input), Math.max(1, width)));
    }

    /** Queries, keys and values in the first input. */
    private static @Nullable AttentionShapes packed(Operands operands, List<Long> query) {
        List<Long> result;
        if (query.size() == 5) {
            result = List.of(query.get(0), query.get(1), Dimensions.times(query.get(2), query.get(4)));
        } else {
            long heads = operands.integer("num_heads", 0);
            long all = heads + 2 * operands.integer("kv_num_heads", heads);
            if (query.size() != 3 || heads <= 0 || all <= heads) {
                return null;
            }
            result = List.of(query.get(0), query.get(1), query.get(2) / all * heads);
        }
        return new AttentionShapes(result, Dimensions.elements(result), Math.max(1, query.get(1)), 0);
    }

    private static @Nullable AttentionShapes separate(Operands operands, List<Long> query) {
        List<Long> key = operands.shape(1);
        if (key == null || key.size() < 3) {
            return null;
        }
        long tokens = key.size() == 5 ? Math.max(1, key.get(1)) : Dimensions.fromEnd(key, -2);
        return new AttentionShapes(result(operands, query), Dimensions.elements(query), tokens, 0);
    }

    /** As wide as the values of all query heads; several query heads may share the values of one. */
    private static List<Long> result(Operands operands, List<Long> query) {
        List<Long> value = operands.shape(2);
        if (value == null || value.size() < 3) {
            return query;
        }
        long last = value.get(value.size() - 1);
        if (query.size() == 3 && value.size() == 3) {
            long queryHeads = operands.integer("q_num_heads", operands.integer("num_heads", 1));
            long valueHeads = operands.integer("kv_num_heads", queryHeads);
            last = valueHeads <= 0 ? last : Dimensions.times(last / valueHeads, queryHeads);
        } else if (query.size() == 3) {
            last = Dimensions.times(value.get(1), last);
        }
        List<Long> result = Dimensions.lastReplaced(query, last);
        return result == null ? query : result;
    }
}
