package org.example.pipeline;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.platform.Fp16Conversions;
import dev.reprise.graph.bundle.TensorSpec;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;

/** Between Java's numbers and tensors of the element type that a model wants. All arithmetic here is float32, also around a float16 model. */
final class Tensors {
    private Tensors() {}

    /** A tensor for an input; the caller closes it. Timesteps of some exports are whole numbers. */
    static OnnxTensor of(TensorSpec input, float[] values, long... shape) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try {
            return switch (input.elementType()) {
                case FLOAT -> OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
                case FLOAT16 -> {
                    ShortBuffer halves = Fp16Conversions.convertFloatBufferToFp16Buffer(FloatBuffer.wrap(values));
                    yield OnnxTensor.createTensor(environment, halves, shape, OnnxJavaType.FLOAT16);
                }
                case INT64 -> {
                    long[] whole = new long[values.length];
                    for (int i = 0; i < whole.length; i++) {
                        whole[i] = Math.round(values[i]);
                    }
                    yield OnnxTensor.createTensor(environment, LongBuffer.wrap(whole), shape);
                }
                default ->
                    throw new UnusableExportException("input " + input.name()
                            + " must be float32, float16 or int64, the model has " + input.elementType());
            };
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    /** Token ids; the caller closes it. */
    static OnnxTensor of(TensorSpec input, long[] ids, long... shape) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try {
            return switch (input.elementType()) {
                case INT64 -> OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
                case INT32 -> {
                    int[] narrow = new int[ids.length];
                    for (int i = 0; i < narrow.length; i++) {
                        narrow[i] = Math.toIntExact(ids[i]);
                    }
                    yield OnnxTensor.createTensor(environment, IntBuffer.wrap(narrow), shape);
                }
                default ->
                    throw new UnusableExportException(
                            "input " + input.name() + " must be int64 or int32, the model has " + input.elementType());
            };
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    /** A copy of a float32 or float16 tensor. */
    static float[] floats(OnnxTensor tensor) {
        FloatBuffer buffer = tensor.getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
    }

    private static IllegalStateException failed(OrtException e) {
        return new IllegalStateException("ONNX Runtime gave no tensor: " + e.getMessage(), e);
    }
}
