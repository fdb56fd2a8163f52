package dev.reprise.optimizer.operators;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.ort.HalfFloats;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Reads a constant of one element: from an initializer or a {@code Constant} of any number type, also behind casts and changes of
 * its rank.
 */
public final class ScalarConstant {
    /** Casts and reshapes to look through. */
    private static final int MOST_STEPS = 6;

    private ScalarConstant() {}

    /** The number; empty where the value is no constant, has more than one element, or its content lies in another file. */
    public static OptionalDouble of(@Nullable Value value) {
        Value at = value;
        for (int i = 0; i < MOST_STEPS && at != null; i++) {
            Node producer = at.producer();
            if (producer == null) {
                return at.initializer() == null ? OptionalDouble.empty() : ofTensor(at.initializer());
            }
            if (producer.is("Constant")) {
                return ofConstant(producer);
            }
            if (!keepsNumber(producer)) {
                break;
            }
            at = producer.input(0);
        }
        return OptionalDouble.empty();
    }

    private static boolean keepsNumber(Node node) {
        return node.is("Cast") || node.is("CastLike") || node.is("Identity") || Operators.isReshape(node);
    }

    private static OptionalDouble ofConstant(Node constant) {
        for (AttributeProto attribute : constant.proto().getAttributeList()) {
            OptionalDouble number = switch (attribute.getName()) {
                case "value" -> ofTensor(attribute.getT());
                case "value_float" -> OptionalDouble.of(attribute.getF());
                case "value_int" -> OptionalDouble.of((double) attribute.getI());
                case "value_floats" -> only(attribute.getFloatsList());
                case "value_ints" -> only(attribute.getIntsList());
                default -> OptionalDouble.empty();
            };
            if (number.isPresent()) {
                return number;
            }
        }
        return OptionalDouble.empty();
    }

    private static OptionalDouble only(List<? extends Number> numbers) {
        return numbers.size() == 1 ? OptionalDouble.of(numbers.get(0).doubleValue()) : OptionalDouble.empty();
    }

    private static OptionalDouble ofTensor(TensorProto tensor) {
        if (tensor.getDimsList().stream().anyMatch(dimension -> dimension != 1)) {
            return OptionalDouble.empty();
        }
        return tensor.getRawData().isEmpty() ? ofFields(tensor) : ofBytes(tensor);
    }

    /** Numbers in the field of their type; 16-bit floats lie as bits in the field of 32-bit integers. */
    private static OptionalDouble ofFields(TensorProto tensor) {
        if (tensor.getFloatDataCount() == 1) {
            return OptionalDouble.of(tensor.getFloatData(0));
        }
        if (tensor.getDoubleDataCount() == 1) {
            return OptionalDouble.of(tensor.getDoubleData(0));
        }
        if (tensor.getInt64DataCount() == 1) {
            return OptionalDouble.of((double) tensor.getInt64Data(0));
        }
        if (tensor.getInt32DataCount() == 1) {
            int bits = tensor.getInt32Data(0);
            return OptionalDouble.of(
                    switch (tensor.getDataType()) {
                        case TensorProto.DataType.FLOAT16_VALUE -> HalfFloats.fromFloat16((short) bits);
                        case TensorProto.DataType.BFLOAT16_VALUE -> HalfFloats.fromBfloat16((short) bits);
                        default -> bits;
                    });
        }
        return OptionalDouble.empty();
    }

    private static OptionalDouble ofBytes(TensorProto tensor) {
        ByteBuffer bytes = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        int type = tensor.getDataType();
        return switch (bytes.remaining()) {
            case Short.BYTES ->
                switch (type) {
                    case TensorProto.DataType.FLOAT16_VALUE ->
                        OptionalDouble.of(HalfFloats.fromFloat16(bytes.getShort()));
                    case TensorProto.DataType.BFLOAT16_VALUE ->
                        OptionalDouble.of(HalfFloats.fromBfloat16(bytes.getShort()));
                    case TensorProto.DataType.INT16_VALUE -> OptionalDouble.of(bytes.getShort());
                    default -> OptionalDouble.empty();
                };
            case Integer.BYTES ->
                switch (type) {
                    case TensorProto.DataType.FLOAT_VALUE -> OptionalDouble.of(bytes.getFloat());
                    case TensorProto.DataType.INT32_VALUE -> OptionalDouble.of(bytes.getInt());
                    default -> OptionalDouble.empty();
                };
            case Long.BYTES ->
                switch (type) {
                    case TensorProto.DataType.DOUBLE_VALUE -> OptionalDouble.of(bytes.getDouble());
                    case TensorProto.DataType.INT64_VALUE -> OptionalDouble.of((double) bytes.getLong());
                    default -> OptionalDouble.empty();
                };
            default -> OptionalDouble.empty();
        };
    }
}
