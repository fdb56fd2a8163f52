package consumer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.reprise.cache.policy.*;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.runtime.*;
import dev.reprise.runtime.api.*;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Runs the README's example on a bundle with inputs that mean nothing. */
public final class Main {
    public static void main(String[] args) throws OrtException {
        Path bundle = Path.of(args[0]);
        int steps = 3;
        List<long[]> shapes = new ArrayList<>();
        Consumer<OnnxTensor> sampler = velocity -> shapes.add(velocity.getInfo().getShape());
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (TensorSpec input : specifications(bundle)) {
            inputs.put(input.name(), filled(input));
        }
        // example
        inputs.values().forEach(OnnxTensor::close);
        Module module = Main.class.getModule();
        System.out.println((module.isNamed() ? module : "unnamed module") + ": " + shapes.size() + " outputs");
    }

    private static List<TensorSpec> specifications(Path bundle) {
        try (CachedTransformer transformer = CachedTransformer.open(bundle, SessionSettings.cpu())) {
            return transformer.inputs();
        }
    }

    /** Of one value: for a timestep one in the middle of the schedule. */
    private static OnnxTensor filled(TensorSpec input) throws OrtException {
        int value = input.name().equals("timestep") ? 500 : 1;
        long[] shape = input.shape().stream().mapToLong(Long::longValue).toArray();
        int elements = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        if (input.elementType() == ElementType.INT64) {
            long[] values = new long[elements];
            Arrays.fill(values, value);
            return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
        }
        float[] values = new float[elements];
        Arrays.fill(values, value);
        return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
    }
}
