package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.onnx.AttributeProto;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A dimension that is the same in every run, where other dimensions are open and the exporter computes the shape:
 * {@code Reshape(x, Concat(x.shape[0], −1, 8, x.shape[-1] / 8))} has 8 heads whatever the batch.
 */
final class FixedDimensions {
    private static final int MOST_STEPS = 8;

    private FixedDimensions() {}

    /** The dimension at an axis from the front; −1 where it is open or unknown. */
    static long of(Value value, int axis, SegmentGraph segment) {
        Value at = value;
        int position = axis;
        for (int step = 0; step < MOST_STEPS && at != null; step++) {
            List<Long> shape = segment.shape(at);
            if (shape != null && position < shape.size() && shape.get(position) >= 0) {
                return shape.get(position);
            }
            Node producer = at.producer();
            if (producer == null) {
                return -1;
            }
            if (producer.is("Reshape")) {
                return written(producer.input(1), position, segment);
            }
            AttributeProto permutation = producer.attribute("perm");
            if (producer.is("Transpose") && permutation != null && position < permutation.getIntsCount()) {
                position = (int) permutation.getInts(position);
            } else if (!keepsDimension(producer, position)) {
                return -1;
            }
            at = producer.input(0);
        }
        return -1;
    }

    /** Whether a node's first input has the same dimension there. */
    private static boolean keepsDimension(Node node, int axis) {
        return node.is("LayerNormalization") || (node.is("Concat") && node.integer("axis", 0) != axis);
    }

    /** An element of the shape that a Reshape is given. */
    private static long written(@Nullable Value shape, int position, SegmentGraph segment) {
        Node concat = shape == null ? null : shape.producer();
        List<Long> length = shape == null ? null : segment.typicalShape(shape);
        if (concat == null || !concat.is("Concat") || length == null || length.size() != 1) {
            return -1;
        }
        boolean singly = length.get(0) == concat.inputs().size();
        OptionalDouble element = singly ? Numbers.computed(concat.input(position), segment) : OptionalDouble.empty();
        double number = element.orElse(-1);
        return number > 0 && number == Math.rint(number) ? (long) number : -1;
    }
}
