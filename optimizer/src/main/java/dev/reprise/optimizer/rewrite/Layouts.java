package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.TensorProto;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Nodes and constants that move dimensions. */
final class Layouts {
    /** Between {@code [B, T, heads, size]} and {@code [B, heads, T, size]}, both ways. */
    static final List<Integer> SWAPPED_HEADS = List.of(0, 2, 1, 3);

    private Layouts() {}

    /** What is transposed so to make a value; null where it is made in another way. */
    static @Nullable Value transposed(@Nullable Value value, List<Integer> permutation) {
        Node node = value == null ? null : value.producer();
        AttributeProto attribute = node == null || !node.is("Transpose") ? null : node.attribute("perm");
        return node != null
                        && attribute != null
                        && attribute.getIntsList().stream()
                                .map(Long::intValue)
                                .toList()
                                .equals(permutation)
                ? node.input(0)
                : null;
    }

    /** What is reshaped to make a value; null where it is made in another way. */
    static @Nullable Value reshaped(@Nullable Value value) {
        Node node = value == null ? null : value.producer();
        return node != null && node.is("Reshape") ? node.input(0) : null;
    }

    static AttributeProto permutation(List<Integer> permutation) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName("perm").setType(AttributeProto.AttributeType.INTS);
        permutation.forEach(attribute::addInts);
        return attribute.build();
    }

    /** The second input of a Reshape: 0 keeps a dimension, −1 takes the rest. */
    static TensorProto shape(String name, long... dimensions) {
        TensorProto.Builder shape = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(dimensions.length);
        for (long dimension : dimensions) {
            shape.addInt64Data(dimension);
        }
        return shape.build();
    }
}
