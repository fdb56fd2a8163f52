package dev.reprise.runtime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.ort.OrtProcess;
import dev.reprise.runtime.api.Outputs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Tensors for tests. */
public final class TestTensors {
    private TestTensors() {}

    public static OrtEnvironment environment() {
        return OrtProcess.current().environment();
    }

    public static OnnxTensor floats(long[] shape, float... values) {
        try {
            return OnnxTensor.createTensor(environment(), FloatBuffer.wrap(values), shape);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    public static OnnxTensor longs(long... values) {
        try {
            return OnnxTensor.createTensor(environment(), values);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The bytes of a tensor, to compare bits. */
    public static byte[] bytes(OnnxTensor tensor) {
        ByteBuffer buffer = tensor.getByteBuffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    /** Bytes of all outputs, which are closed. */
    public static byte[] take(Outputs outputs) {
        try (outputs) {
            ByteBuffer all = ByteBuffer.allocate(outputs.names().stream()
                    .mapToInt(name -> bytes(outputs.get(name)).length)
                    .sum());
            outputs.names().forEach(name -> all.put(bytes(outputs.get(name))));
            return all.array();
        }
    }

    /** Seeded inputs of the typical shapes; dynamic dimensions without one are {@code batch}. */
    public static Map<String, OnnxTensor> random(List<TensorSpec> inputs, long seed, long batch) {
        Random random = new Random(seed);
        Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
        for (TensorSpec spec : inputs) {
            tensors.put(spec.name(), random(spec, random, batch));
        }
        return tensors;
    }

    /** Seeded inputs of one denoising step: only the latents (little by little) and the timestep differ from step to step. */
    public static Map<String, OnnxTensor> denoising(Manifest manifest, long seed, int step, int steps, long batch) {
        Map<String, OnnxTensor> tensors = random(manifest.inputs(), seed, batch);
        String latents = manifest.roles().latents();
        String timestep = manifest.roles().timestep();
        if (latents != null) {
            FloatBuffer buffer = buffer(tensors.get(latents)).asFloatBuffer();
            for (int i = 0; i < buffer.capacity(); i++) {
                buffer.put(i, buffer.get(i) * (1 - 0.02f * step));
            }
        }
        if (timestep != null) {
            OnnxTensor tensor = tensors.get(timestep);
            ByteBuffer buffer = buffer(tensor);
            double value = (999 - 990.0 * step / steps) / manifest.roles().timestepScale();
            while (buffer.hasRemaining()) {
                if (tensor.getInfo().type == OnnxJavaType.INT64) {
                    buffer.putLong((long) value);
                } else {
                    buffer.putFloat((float) value);
                }
            }
        }
        return tensors;
    }

    private static ByteBuffer buffer(OnnxTensor tensor) {
        return (ByteBuffer) tensor.getBufferRef().orElseThrow();
    }

    private static OnnxTensor random(TensorSpec spec, Random random, long batch) {
        long[] shape = new long[spec.shape() == null ? 0 : spec.shape().size()];
        long elements = 1;
        for (int axis = 0; axis < shape.length; axis++) {
            long dimension = spec.shape().get(axis);
            shape[axis] = dimension >= 0 ? dimension : batch;
            elements *= shape[axis];
        }
        ByteBuffer buffer = ByteBuffer.allocateDirect(
                        Math.toIntExact(spec.elementType().bytes(elements)))
                .order(ByteOrder.nativeOrder());
        try {
            switch (spec.elementType()) {
                case FLOAT -> {
                    while (buffer.hasRemaining()) {
                        buffer.putFloat((float) random.nextGaussian());
                    }
                    return OnnxTensor.createTensor(environment(), buffer.flip(), shape, OnnxJavaType.FLOAT);
                }
                case DOUBLE -> {
                    while (buffer.hasRemaining()) {
                        buffer.putDouble(random.nextInt(4));
                    }
                    return OnnxTensor.createTensor(environment(), buffer.flip(), shape, OnnxJavaType.DOUBLE);
                }
                case INT64 -> {
                    while (buffer.hasRemaining()) {
                        buffer.putLong(random.nextInt(4));
                    }
                    return OnnxTensor.createTensor(environment(), buffer.flip(), shape, OnnxJavaType.INT64);
                }
                case BOOL -> {
                    while (buffer.hasRemaining()) {
                        buffer.put((byte) 1);
                    }
                    return OnnxTensor.createTensor(environment(), buffer.flip(), shape, OnnxJavaType.BOOL);
                }
                default -> throw new IllegalArgumentException("no random tensor for " + spec);
            }
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void close(Map<String, OnnxTensor> tensors) {
        tensors.values().forEach(OnnxTensor::close);
    }
}
