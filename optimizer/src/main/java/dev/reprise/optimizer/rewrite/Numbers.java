package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.operators.ScalarConstant;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Numbers that a graph is written with, or that follow from its shapes. */
final class Numbers {
    private static final int MOST_STEPS = 12;

    private Numbers() {}

    /** Whether a value is a constant of one element, this number in float32. */
    static boolean is(Value value, double number) {
        OptionalDouble constant = ScalarConstant.of(value);
        return constant.isPresent() && (float) constant.getAsDouble() == (float) number;
    }

    /** Whether a constant in float32 has this number in every place. */
    static boolean isAll(Value value, float number) {
        TensorProto tensor = content(value);
        if (tensor == null || tensor.getDataType() != TensorProto.DataType.FLOAT_VALUE) {
            return false;
        }
        if (tensor.getFloatDataCount() > 0) {
            return tensor.getFloatDataList().stream().allMatch(element -> element == number);
        }
        ByteBuffer bytes = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.remaining() < Float.BYTES) {
            return false;
        }
        while (bytes.remaining() >= Float.BYTES) {
            if (bytes.getFloat() != number) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable TensorProto content(Value value) {
        Node producer = value.producer();
        if (producer == null) {
            return value.initializer();
        }
        return producer.is("Constant") && producer.attribute("value") != null
                ? producer.attribute("value").getT()
                : null;
    }

    /**
     * A number of one element: written down, or computed from constants and from dimensions that are fixed, as TorchScript's
     * {@code sqrt(1 / sqrt(q.shape[-1]))}.
     */
    static OptionalDouble computed(@Nullable Value value, SegmentGraph segment) {
        return computed(value, segment, 0);
    }

    private static OptionalDouble computed(@Nullable Value value, SegmentGraph segment, int step) {
        if (value == null || step > MOST_STEPS) {
            return OptionalDouble.empty();
        }
        OptionalDouble stored = ScalarConstant.of(value);
        Node node = value.producer();
        if (stored.isPresent() || node == null) {
            return stored;
        }
        if (node.is("Cast") || node.is("Identity") || Operators.isReshape(node)) {
            return computed(node.input(0), segment, step + 1);
        }
        if (node.is("Sqrt") || node.is("Reciprocal")) {
            OptionalDouble x = computed(node.input(0), segment, step + 1);
            return x.isEmpty()
                    ? x
                    : OptionalDouble.of(node.is("Sqrt") ? Math.sqrt(x.getAsDouble()) : 1 / x.getAsDouble());
        }
        if (node.is("Mul") || node.is("Div") || node.is("Pow")) {
            OptionalDouble a = computed(node.input(0), segment, step + 1);
            OptionalDouble b = computed(node.input(1), segment, step + 1);
            return a.isEmpty() || b.isEmpty()
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(combined(node.opType(), a.getAsDouble(), b.getAsDouble()));
        }
        return node.is("Slice") || node.is("Gather") ? dimension(node, segment) : OptionalDouble.empty();
    }

    private static double combined(String operator, double a, double b) {
        return switch (operator) {
            case "Mul" -> a * b;
            case "Div" -> a / b;
            default -> Math.pow(a, b);
        };
    }

    /** A dimension that is cut out of a shape, where it is fixed. */
    private static OptionalDouble dimension(Node cut, SegmentGraph segment) {
        Value shape = cut.input(0);
        Node measure = shape == null ? null : shape.producer();
        Value measured = measure == null
                        || !measure.is("Shape")
                        || !measure.proto().getAttributeList().isEmpty()
                ? null
                : measure.input(0);
        OptionalDouble from = ScalarConstant.of(cut.input(1));
        if (measured == null || from.isEmpty()) {
            return OptionalDouble.empty();
        }
        List<Long> typical = segment.typicalShape(measured);
        if (typical == null) {
            return OptionalDouble.empty();
        }
        int rank = typical.size();
        int first = (int) (from.getAsDouble() < 0 ? from.getAsDouble() + rank : from.getAsDouble());
        if (cut.is("Slice")) {
            OptionalDouble end = ScalarConstant.of(cut.input(2));
            OptionalDouble step = cut.input(4) == null ? OptionalDouble.of(1) : ScalarConstant.of(cut.input(4));
            if (end.isEmpty() || step.isEmpty() || step.getAsDouble() != 1) {
                return OptionalDouble.empty();
            }
            double last = Math.min(rank, end.getAsDouble() < 0 ? end.getAsDouble() + rank : end.getAsDouble());
            if (last - first != 1) {
                return OptionalDouble.empty();
            }
        }
        long dimension = first < 0 || first >= rank ? -1 : segment.dimension(measured, first);
        return dimension < 0 ? OptionalDouble.empty() : OptionalDouble.of((double) dimension);
    }
}
