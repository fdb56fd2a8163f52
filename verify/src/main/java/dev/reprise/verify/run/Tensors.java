package dev.reprise.verify.run;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.HalfFloats;
import dev.reprise.ort.NativeTensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Tensors between files and ONNX Runtime. Call {@link #toNative} only after a model was opened: who asks ONNX Runtime for its
 * environment first decides about its threads.
 */
public final class Tensors {
    private Tensors() {}

    /** A native tensor with a copy of the content; the caller closes it. */
    public static OnnxTensor toNative(StoredTensor tensor) {
        try {
            return NativeTensors.toNative(tensor);
        } catch (IllegalArgumentException e) {
            throw new InvalidModelException(String.valueOf(e.getMessage()), e);
        }
    }

    /** A copy of a native tensor. */
    public static StoredTensor fromNative(OnnxTensor tensor) {
        try {
            return NativeTensors.fromNative(tensor);
        } catch (IllegalArgumentException e) {
            throw new InvalidModelException(String.valueOf(e.getMessage()), e);
        }
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
            case FLOAT16 -> content.putShort(HalfFloats.toFloat16(value));
            case BFLOAT16 -> content.putShort(HalfFloats.toBfloat16(value));
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
            case FLOAT16 -> HalfFloats.fromFloat16(data.getShort());
            case BFLOAT16 -> HalfFloats.fromBfloat16(data.getShort());
            case INT64, UINT64 -> data.getLong();
            case INT32, UINT32 -> data.getInt();
            case INT16, UINT16 -> data.getShort();
            case INT8, UINT8, BOOL -> data.get();
            default -> throw new InvalidModelException("values of type " + type + " cannot be compared");
        };
    }
}
