package dev.reprise.spring;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Runs the digits model on noise of a seed; its "picture" is the text of what came out. A test may hold it before its steps. */
public final class StepsGenerator implements ImageGenerator {
    private volatile @Nullable CountDownLatch gate;
    private volatile @Nullable Exception failure;

    /** Generations wait before their first step until the latch is open. */
    public void waitFor(CountDownLatch latch) {
        gate = latch;
    }

    /** The next generation throws this after its first step. */
    public void failWith(Exception cause) {
        failure = cause;
    }

    @Override
    public Set<ImageOption> options() {
        return Set.of(ImageOption.STEPS, ImageOption.SEED);
    }

    @Override
    public void check(ImageRequest request) {
        if (request.prompt().length() > 20) {
            throw new InvalidImageRequestException("prompt", "prompt must have 20 characters or fewer");
        }
    }

    @Override
    public void requireModel(Manifest model) {
        List<String> names = model.inputs().stream().map(TensorSpec::name).toList();
        if (!names.contains("encoder_hidden_states")) {
            throw new InvalidModelException("the model must have captions, found inputs " + names);
        }
    }

    @Override
    public byte[] generate(CachedTransformer model, ImageRequest request) throws Exception {
        CountDownLatch wanted = gate;
        if (wanted != null) {
            wanted.await();
        }
        Random random = new Random(request.seed().orElseThrow());
        int steps = request.steps().orElse(3);
        float sum = 0;
        for (int i = 0; i < steps; i++) {
            sum += step(model, Step.at(i, steps).withTimestep(1000.0 * (steps - i) / steps), random);
            Exception cause = failure;
            if (cause != null) {
                failure = null;
                throw cause;
            }
        }
        return (request.prompt() + " " + sum).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private static float step(CachedTransformer model, Step step, Random random) throws OrtException {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try {
            for (TensorSpec input : model.inputs()) {
                long[] shape = input.shape().stream()
                        .mapToLong(size -> size < 0 ? 2 : size)
                        .toArray();
                float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
                for (int j = 0; j < values.length; j++) {
                    values[j] = (float) random.nextGaussian();
                }
                inputs.put(
                        input.name(),
                        OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), FloatBuffer.wrap(values), shape));
            }
            try (Outputs outputs = model.run(step, inputs)) {
                return outputs.first().getFloatBuffer().get(0);
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }
}
