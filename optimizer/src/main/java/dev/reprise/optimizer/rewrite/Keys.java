package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys as attention's first product reads them: transposed, {@code [B, heads, size, T]}, in one of the ways that exporters write.
 *
 * <pre>
 *   [B, heads, T, size] ─▶ Transpose 0 1 3 2
 *   [B, heads, T, size] ─▶ Reshape [B·heads, T, size] ─▶ Transpose 0 2 1 ─▶ Reshape        dynamo
 *   [B, T, heads, size] ─▶ Transpose 0 2 3 1                                               TorchScript
 * </pre>
 *
 * @param transposed the keys transposed, without a scale
 * @param heads {@code [B, heads, T, size]}, null where no value is that
 * @param tokens {@code [B, T, heads, size]}, null where no value is that
 * @param factor the numbers that they are multiplied with
 * @param shape {@code [B, heads, T, size]} with typical values for open dimensions
 */
record Keys(
        Value transposed, @Nullable Value heads, @Nullable Value tokens, double factor, List<Long> shape) {
    private static final List<Integer> LAST_TWO = List.of(0, 1, 3, 2);
    private static final List<Integer> LAST_TWO_OF_THREE = List.of(0, 2, 1);
    private static final List<Integer> FROM_TOKENS = List.of(0, 2, 3, 1);

    static @Nullable Keys of(@Nullable Value factor, SegmentGraph segment) {
        Scaled outer = Scaled.of(factor, segment);
        Value transposed = outer.value();
        List<Long> shape = transposed == null ? null : segment.typicalShape(transposed);
        if (transposed == null || shape == null || shape.size() != 4 || !segment.isFloat(transposed)) {
            return null;
        }
        List<Long> straight = List.of(shape.get(0), shape.get(1), shape.get(3), shape.get(2));
        Value tokens = Layouts.transposed(transposed, FROM_TOKENS);
        if (tokens != null) {
            return new Keys(transposed, null, tokens, outer.factor(), straight);
        }
        Value turned = Layouts.transposed(transposed, LAST_TWO);
        Scaled inner = Scaled.of(turned != null ? turned : throughThree(transposed, straight, segment), segment);
        Value heads = inner.value();
        if (heads == null || !straight.equals(segment.typicalShape(heads))) {
            return new Keys(transposed, null, null, outer.factor(), straight);
        }
        return new Keys(
                transposed,
                heads,
                Layouts.transposed(heads, Layouts.SWAPPED_HEADS),
                outer.factor() * inner.factor(),
                straight);
    }

    /** What is transposed as three dimensions, batch and heads as one. */
    private static @Nullable Value throughThree(Value transposed, List<Long> straight, SegmentGraph segment) {
        Value three = Layouts.transposed(Layouts.reshaped(transposed), LAST_TWO_OF_THREE);
        List<Long> expected = List.of(straight.get(0) * straight.get(1), straight.get(2), straight.get(3));
        return three != null && expected.equals(segment.typicalShape(three)) ? Layouts.reshaped(three) : null;
    }

    /** The name of {@code [B, T, heads · size]}; null where only a transposition would make it. */
    @Nullable
    String packed(HeadLayout layout) {
        if (tokens != null) {
            return layout.packedTokens(tokens);
        }
        return heads == null ? null : layout.packed(heads);
    }

    /** The name of {@code [B, heads, T, size]}, made where no value is that. */
    String headsFirst(HeadLayout layout) {
        if (heads != null) {
            return heads.name();
        }
        return tokens != null
                ? layout.transposed(tokens, Layouts.SWAPPED_HEADS)
                : layout.transposed(transposed, LAST_TWO);
    }
}
