package dev.reprise.benchmarks.memory;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Inputs of the shapes that a model declares: noise where it takes floats, ones where it takes integers. Dynamic dimensions are one. */
final class RandomInputs implements AutoCloseable {
    private final Random random;
    private final Map<String, OnnxTensor> tensors = new HashMap<>();

    private RandomInputs(long seed) {
        random = new Random(seed);
    }

    static RandomInputs of(List<TensorSpec> inputs, long seed) throws OrtException {
        RandomInputs made = new RandomInputs(seed);
        for (TensorSpec input : inputs) {
            List<Long> shape = input.shape() == null ? List.of() : input.shape();
            made.add(
                    input.name(),
                    input.elementType() == ElementType.FLOAT,
                    shape.stream().mapToLong(Long::longValue).toArray());
        }
        return made;
    }

    static RandomInputs of(OrtSession session, long seed) throws OrtException {
        RandomInputs made = new RandomInputs(seed);
        for (NodeInfo input : session.getInputInfo().values()) {
            TensorInfo info = (TensorInfo) input.getInfo();
            made.add(input.getName(), info.type == OnnxJavaType.FLOAT, info.getShape());
        }
        return made;
    }

    private void add(String name, boolean floats, long[] declared) throws OrtException {
        long[] shape = declared.clone();
        long elements = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = Math.max(1, shape[i]);
            elements *= shape[i];
        }
        int size = floats ? Float.BYTES : Long.BYTES;
        ByteBuffer data =
                ByteBuffer.allocateDirect(Math.toIntExact(elements * size)).order(ByteOrder.nativeOrder());
        while (data.hasRemaining()) {
            if (floats) {
                data.putFloat((float) random.nextGaussian());
            } else {
                data.putLong(1);
            }
        }
        tensors.put(
                name,
                OnnxTensor.createTensor(
                        // The default session shall have the environment that ONNX Runtime makes by itself.
                        OrtEnvironment.getEnvironment(),
                        data.flip(),
                        shape,
                        floats ? OnnxJavaType.FLOAT : OnnxJavaType.INT64));
    }

    Map<String, OnnxTensor> byName() {
        return tensors;
    }

    @Override
    public void close() {
        tensors.values().forEach(OnnxTensor::close);
    }
}
