package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings queries, keys and values into the layouts that {@code MultiHeadAttention} reads: packed {@code [B, S, heads · size]}, or keys
 * and values both as {@code [B, heads, T, size]}. What a linear layer made is packed already; the transposition behind it goes away.
 */
final class HeadLayout {
    private final Node root;
    private final SegmentGraph segment;
    private final List<NodeProto> nodes = new ArrayList<>();
    private final List<TensorProto> constants = new ArrayList<>();

    /** @param root the node that is replaced, which gives names */
    HeadLayout(Node root, SegmentGraph segment) {
        this.root = root;
        this.segment = segment;
    }

    /** Nodes added so far. */
    List<NodeProto> nodes() {
        return nodes;
    }

    /** Constants that they read. */
    List<TensorProto> constants() {
        return constants;
    }

    /** The name of {@code [B, S, heads · size]} for {@code [B, heads, S, size]}; null where only a transposition would make it. */
    @Nullable
    String packed(Value heads) {
        Value tokens = Layouts.transposed(heads, Layouts.SWAPPED_HEADS);
        if (tokens != null) {
            return packedTokens(tokens);
        }
        FusedProjection projection = FusedProjection.of(heads, segment);
        return projection == null ? null : sliced(projection);
    }

    /** {@code [B, S, heads · size]} for {@code [B, S, heads, size]}: what was reshaped to it, or a Reshape back. */
    String packedTokens(Value tokens) {
        Value packed = Layouts.reshaped(tokens);
        return packed != null && isPacked(packed, tokens) ? packed.name() : reshaped(tokens.name());
    }

    private boolean isPacked(Value packed, Value tokens) {
        List<Long> whole = segment.typicalShape(packed);
        List<Long> parts = segment.typicalShape(tokens);
        return whole != null
                && parts != null
                && parts.size() == 4
                && whole.equals(List.of(parts.get(0), parts.get(1), parts.get(2) * parts.get(3)));
    }

    String transposed(Value value, List<Integer> permutation) {
        String output = segment.fresh(value.name() + "_transposed");
        nodes.add(Rewriter.node("", "Transpose", segment.fresh(root.name() + "_transposed"), output, value.name())
                .addAttribute(Layouts.permutation(permutation))
                .build());
        return output;
    }

    private String reshaped(String tokens) {
        TensorProto shape = Layouts.shape(segment.fresh(root.name() + "_channels"), 0, 0, -1);
        String output = segment.fresh(tokens + "_packed");
        nodes.add(Rewriter.node("", "Reshape", segment.fresh(root.name() + "_packed"), output, tokens, shape.getName())
                .build());
        constants.add(shape);
        return output;
    }

    private String sliced(FusedProjection projection) {
        String output = segment.fresh(projection.layer().name() + "_part");
        List<TensorProto> bounds = List.of(
                Layouts.shape(segment.fresh(root.name() + "_from"), projection.part() * projection.channels()),
                Layouts.shape(segment.fresh(root.name() + "_to"), (projection.part() + 1) * projection.channels()),
                Layouts.shape(segment.fresh(root.name() + "_axis"), 2));
        nodes.add(Rewriter.node(
                        "",
                        "Slice",
                        segment.fresh(root.name() + "_part"),
                        output,
                        projection.layer().name(),
                        bounds.get(0).getName(),
                        bounds.get(1).getName(),
                        bounds.get(2).getName())
                .build());
        constants.addAll(bounds);
        return output;
    }
}
