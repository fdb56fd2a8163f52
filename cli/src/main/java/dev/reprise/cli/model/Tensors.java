package dev.reprise.cli.model;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.platform.Fp16Conversions;
import dev.reprise.cli.command.CommandException;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.OrtProcess;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Tensors between files and ONNX Runtime. Call {@link #open} only after a model was opened: who asks ONNX Runtime for its
 * environment first decides about its threads.
 */
public final class Tensors {
    private Tensors() {}

    /** A native tensor with a copy of the content; the caller closes it. */
    public static OnnxTensor open(StoredTensor tensor) {
        ByteBuffer content = tensor.data();
        // ONNX Runtime uses the buffer in place: it must be aligned, and not a file that somebody may truncate.
        ByteBuffer copy =
                ByteBuffer.allocateDirect(Math.max(content.remaining(), 1)).order(ByteOrder.nativeOrder());
        copy.put(content).flip();
        try {
            return OnnxTensor.createTensor(
                    OrtProcess.get(0).environment(),
                    copy,
                    tensor.shape().stream().mapToLong(Long::longValue).toArray(),
                    javaType(tensor.elementType()));
        } catch (OrtException e) {
            throw CommandException.failed("a tensor of type " + tensor.elementType() + " and shape " + tensor.shape()
                    + " cannot be handed to ONNX Runtime: " + e.getMessage());
        }
    }

    /** A copy of a native tensor. */
    public static StoredTensor copy(OnnxTensor tensor) {
        List<Long> shape = new ArrayList<>();
        for (long dimension : tensor.getInfo().getShape()) {
            shape.add(dimension);
        }
        ByteBuffer content = tensor.getByteBuffer();
        if (content == null) {
            throw CommandException.invalid(
                    "outputs of type " + tensor.getInfo().type + " cannot be recorded or compared");
        }
        return new StoredTensor(elementType(tensor.getInfo().type), shape, content);
    }

    /** A float32 tensor. */
    public static StoredTensor of(float[] values, long... shape) {
        ByteBuffer content = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        content.asFloatBuffer().put(values);
        List<Long> dimensions = new ArrayList<>();
        for (long dimension : shape) {
            dimensions.add(dimension);
        }
        return new StoredTensor(ElementType.FLOAT, dimensions, content);
    }

    /**
     * A tensor of any type of number; values are rounded to it.
     *
     * @throws IllegalArgumentException for types that are no numbers
     */
    public static StoredTensor of(float[] values, ElementType type, List<Long> shape) {
        ByteBuffer content =
                ByteBuffer.allocate(Math.toIntExact(type.bytes(values.length))).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            put(content, type, value);
        }
        return new StoredTensor(type, shape, content.flip());
    }

    private static void put(ByteBuffer content, ElementType type, float value) {
        switch (type) {
            case FLOAT -> content.putFloat(value);
            case DOUBLE -> content.putDouble(value);
            case FLOAT16 -> content.putShort(Fp16Conversions.floatToFp16(value));
            case BFLOAT16 -> content.putShort(Fp16Conversions.floatToBf16(value));
            case INT64, UINT64 -> content.putLong(Math.round((double) value));
            case INT32, UINT32 -> content.putInt(Math.round(value));
            case INT16, UINT16 -> content.putShort((short) Math.round(value));
            case INT8, UINT8 -> content.put((byte) Math.round(value));
            case BOOL -> content.put((byte) (value == 0 ? 0 : 1));
            default -> throw new IllegalArgumentException("no numbers of type " + type);
        }
    }

    /** The elements as float32, whatever number they are. */
    public static float[] floats(StoredTensor tensor) {
        ByteBuffer data = tensor.data();
        int size = Math.toIntExact(
                data.remaining() / Math.max(1, tensor.elementType().bytes(1)));
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = next(data, tensor.elementType());
        }
        return values;
    }

    private static float next(ByteBuffer data, ElementType type) {
        return switch (type) {
            case FLOAT -> data.getFloat();
            case DOUBLE -> (float) data.getDouble();
            case FLOAT16 -> Fp16Conversions.fp16ToFloat(data.getShort());
            case BFLOAT16 -> Fp16Conversions.bf16ToFloat(data.getShort());
            case INT64, UINT64 -> data.getLong();
            case INT32, UINT32 -> data.getInt();
            case INT16, UINT16 -> data.getShort();
            case INT8, UINT8, BOOL -> data.get();
            default -> throw CommandException.invalid("values of type " + type + " cannot be compared");
        };
    }

    private static OnnxJavaType javaType(ElementType type) {
        return switch (type) {
            case FLOAT -> OnnxJavaType.FLOAT;
            case DOUBLE -> OnnxJavaType.DOUBLE;
            case FLOAT16 -> OnnxJavaType.FLOAT16;
            case BFLOAT16 -> OnnxJavaType.BFLOAT16;
            case INT64 -> OnnxJavaType.INT64;
            case INT32 -> OnnxJavaType.INT32;
            case INT16 -> OnnxJavaType.INT16;
            case INT8 -> OnnxJavaType.INT8;
            case UINT8 -> OnnxJavaType.UINT8;
            case BOOL -> OnnxJavaType.BOOL;
            default ->
                throw CommandException.invalid(
                        "inputs of type " + type + " cannot be handed to ONNX Runtime from Java");
        };
    }

    private static ElementType elementType(OnnxJavaType type) {
        ElementType ours = switch (type) {
            case FLOAT -> ElementType.FLOAT;
            case DOUBLE -> ElementType.DOUBLE;
            case FLOAT16 -> ElementType.FLOAT16;
            case BFLOAT16 -> ElementType.BFLOAT16;
            case INT64 -> ElementType.INT64;
            case INT32 -> ElementType.INT32;
            case INT16 -> ElementType.INT16;
            case INT8 -> ElementType.INT8;
            case UINT8 -> ElementType.UINT8;
            case BOOL -> ElementType.BOOL;
            default -> null;
        };
        return Objects.requireNonNull(ours, () -> "a numeric tensor, found " + type);
    }
}
