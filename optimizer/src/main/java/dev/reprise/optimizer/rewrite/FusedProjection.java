package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.ScalarConstant;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Queries, keys and values of one linear layer, as timm and the models after it write them: the layer's channels hold all three, one
 * after the other, so each is a slice of them.
 *
 * <pre>
 *   qkv [B, S, 3 · heads · size] ─▶ Reshape [B, S, 3, heads, size] ─▶ Transpose 2 0 3 1 4 ─▶ Split, Slice or Gather ─▶ q, k, v
 * </pre>
 *
 * @param layer {@code [B, S, parts · channels]}
 * @param part which part of its channels
 * @param channels heads · size
 */
record FusedProjection(Value layer, int part, long channels) {
    private static final List<Integer> PARTS_FIRST = List.of(2, 0, 3, 1, 4);

    /** The slice that is {@code [B, heads, S, size]}; null where it is made in another way. */
    static @Nullable FusedProjection of(Value heads, SegmentGraph segment) {
        Node last = heads.producer();
        if (last == null) {
            return null;
        }
        Node pick = last.is("Squeeze") && last.input(0) != null ? last.input(0).producer() : last;
        Value parts = pick == null ? null : pick.input(0);
        int part = pick == null ? -1 : part(pick, last);
        Value split = Layouts.transposed(parts, PARTS_FIRST);
        Value layer = Layouts.reshaped(split);
        List<Long> five = split == null ? null : segment.typicalShape(split);
        List<Long> whole = layer == null ? null : segment.typicalShape(layer);
        if (layer == null || five == null || five.size() != 5 || part < 0 || part >= five.get(2)) {
            return null;
        }
        long channels = five.get(3) * five.get(4);
        boolean isLayer =
                List.of(five.get(0), five.get(1), five.get(2) * channels).equals(whole);
        boolean fixed = segment.dimension(layer, 2) == five.get(2) * channels
                && List.of(five.get(0), five.get(3), five.get(1), five.get(4)).equals(segment.typicalShape(heads));
        return isLayer && fixed ? new FusedProjection(layer, part, channels) : null;
    }

    /** Which part a node picks; −1 where that cannot be told. */
    private static int part(Node pick, Node last) {
        if (pick.is("Gather") && pick == last && pick.integer("axis", 0) == 0) {
            return number(pick.input(1));
        }
        if (pick == last) {
            return -1;
        }
        if (pick.is("Split") && pick.integer("axis", 0) == 0) {
            return pick.outputs().indexOf(last.input(0));
        }
        boolean firstAxis = pick.is("Slice") && number(pick.input(3)) == 0;
        return firstAxis ? number(pick.input(1)) : -1;
    }

    private static int number(@Nullable Value value) {
        OptionalDouble number = ScalarConstant.of(value);
        return number.isPresent() ? (int) number.getAsDouble() : -1;
    }
}
