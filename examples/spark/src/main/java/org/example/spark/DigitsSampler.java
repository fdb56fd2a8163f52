package org.example.spark;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/**
 * Flow matching with Euler steps and classifier-free guidance, one picture at a time: what a picture is depends on nothing but its prompt
 * and seed.
 *
 * <pre>
 *   s = 1 − i/N,  s' = 1 − (i+1)/N,  timestep 1000·s
 *   u, c = model([x; x], [empty; prompt])
 *   x += (s' − s)·(u + 3·(c − u))
 * </pre>
 */
final class DigitsSampler {
    static final int SIZE = 28;
    private static final int VALUES = SIZE * SIZE;
    private static final float GUIDANCE = 3;

    private final int steps;
    private final Captions captions;

    DigitsSampler(int steps, Captions captions) {
        this.steps = steps;
        this.captions = captions;
    }

    /**
     * Draws a picture.
     *
     * @param beforeStep runs before every step; what it throws ends the generation
     * @return [28, 28], about −1 to 1
     */
    float[] sample(DenoisingModel model, PromptRow prompt, Runnable beforeStep) {
        float[] x = noise(prompt.seed());
        try (OnnxTensor caption =
                tensor(captions.branches(prompt.digit()), 2, captions.tokens(), captions.channels())) {
            for (int i = 0; i < steps; i++) {
                beforeStep.run();
                step(model, i, x, caption);
            }
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime gave no tensor: " + e.getMessage(), e);
        }
        return x;
    }

    private void step(DenoisingModel model, int i, float[] x, OnnxTensor caption) throws OrtException {
        double s = 1 - (double) i / steps;
        double next = 1 - (double) (i + 1) / steps;
        float[] both = Arrays.copyOf(x, 2 * VALUES);
        System.arraycopy(x, 0, both, VALUES, VALUES);
        float timestep = (float) (1000 * s);
        try (OnnxTensor latents = tensor(both, 2, 1, SIZE, SIZE);
                OnnxTensor timesteps = tensor(new float[] {timestep, timestep}, 2);
                Outputs outputs = model.run(
                        Step.at(i, steps).withTimestep(1000 * s),
                        Map.of("hidden_states", latents, "encoder_hidden_states", caption, "timestep", timesteps))) {
            FloatBuffer velocity = outputs.first().getFloatBuffer();
            float span = (float) (next - s);
            for (int j = 0; j < VALUES; j++) {
                float unconditional = velocity.get(j);
                float conditional = velocity.get(VALUES + j);
                x[j] += span * (unconditional + GUIDANCE * (conditional - unconditional));
            }
        }
    }

    /** Standard normal noise, the same for the same seed on every machine. */
    private static float[] noise(long seed) {
        Random random = new Random(seed);
        float[] noise = new float[VALUES];
        for (int i = 0; i < VALUES; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        return noise;
    }

    private static OnnxTensor tensor(float[] values, long... shape) throws OrtException {
        return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), FloatBuffer.wrap(values), shape);
    }
}
