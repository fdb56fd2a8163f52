package dev.reprise.ort;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.element.ElementTypes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Tensors between Java's memory and ONNX Runtime. The first one in a process makes ONNX Runtime's environment, with as many threads
 * as cores: open models before where they are to have another number.
 */
public final class NativeTensors {
    private NativeTensors() {}

    /**
     * A native tensor with a copy of the content; the caller closes it.
     *
     * @throws IllegalArgumentException when ONNX Runtime's Java API has no tensors of this type, or content and shape do not agree
     */
    public static OnnxTensor toNative(StoredTensor tensor) {
        ByteBuffer content = tensor.data();
        // ONNX Runtime uses the buffer in place: it must be aligned, and not a file that somebody may truncate.
        ByteBuffer copy =
                ByteBuffer.allocateDirect(Math.max(content.remaining(), 1)).order(ByteOrder.nativeOrder());
        copy.put(content).flip();
        try {
            return create(copy, tensor.elementType(), tensor.shape());
        } catch (OrtException e) {
            throw new IllegalArgumentException(
                    "a tensor of type " + tensor.elementType() + " and shape " + tensor.shape()
                            + " cannot be handed to ONNX Runtime: " + e.getMessage(),
                    e);
        }
    }

    /**
     * A copy of a native tensor.
     *
     * @throws IllegalArgumentException when its elements are no numbers
     */
    public static StoredTensor fromNative(OnnxTensor tensor) {
        ByteBuffer content = tensor.getByteBuffer();
        ElementType type = ElementTypes.of(tensor.getInfo().type);
        if (content == null || type == null) {
            throw new IllegalArgumentException(
                    "tensors of type " + tensor.getInfo().type + " cannot be recorded or compared");
        }
        return new StoredTensor(
                type, Arrays.stream(tensor.getInfo().getShape()).boxed().toList(), content);
    }

    /** A float32 tensor; the caller closes it. */
    public static OnnxTensor floats(float[] values, long... shape) {
        try {
            return OnnxTensor.createTensor(OrtProcess.current().environment(), FloatBuffer.wrap(values), shape);
        } catch (OrtException e) {
            throw new IllegalArgumentException(
                    "no tensor of shape " + Arrays.toString(shape) + " can be made of " + values.length + " floats: "
                            + e.getMessage(),
                    e);
        }
    }

    /** A tensor over a direct buffer, which it uses in place. */
    static OnnxTensor create(ByteBuffer content, ElementType type, List<Long> shape) throws OrtException {
        OnnxJavaType javaType = ElementTypes.java(type);
        if (javaType == null) {
            throw new IllegalArgumentException(
                    "tensors of type " + type + " cannot be handed to ONNX Runtime from Java");
        }
        return OnnxTensor.createTensor(
                OrtProcess.current().environment(),
                content,
                shape.stream().mapToLong(Long::longValue).toArray(),
                javaType);
    }
}
