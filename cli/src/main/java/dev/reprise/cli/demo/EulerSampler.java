package dev.reprise.cli.demo;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cli.command.CommandException;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.verify.run.Tensors;
import java.util.Arrays;
import java.util.Map;

/**
 * Flow matching with Euler steps and classifier-free guidance: from noise at {@code s = 1} to a sample at {@code s = 0}.
 *
 * <pre>
 *   s = 1 − i/N,  s' = 1 − (i+1)/N,  timestep 1000·s
 *   u, c = model([x; x], [empty; prompt])
 *   v = u + guidance·(c − u)
 *   x += (s' − s)·v
 * </pre>
 */
final class EulerSampler {
    private final int steps;
    private final float guidance;

    EulerSampler(int steps, float guidance) {
        this.steps = steps;
        this.guidance = guidance;
    }

    /**
     * Draws one sample for each prompt.
     *
     * @param noise [prompts, 1, size, size]
     * @param captions [2·prompts, tokens, channels]: the empty prompt for each, then the prompts
     * @return [prompts, 1, size, size]
     */
    float[] sample(DenoisingModel model, float[] noise, long[] shape, StoredTensor captions) {
        float[] x = noise.clone();
        long[] doubled = shape.clone();
        doubled[0] *= 2;
        int prompts = Math.toIntExact(shape[0]);
        try (OnnxTensor prompt = Tensors.toNative(captions)) {
            for (int i = 0; i < steps; i++) {
                double s = 1 - (double) i / steps;
                double next = 1 - (double) (i + 1) / steps;
                float[] timesteps = new float[2 * prompts];
                Arrays.fill(timesteps, (float) (1000 * s));
                float[] velocity;
                try (OnnxTensor latents = Tensors.toNative(Tensors.of(twice(x), doubled));
                        OnnxTensor timestep = Tensors.toNative(Tensors.of(timesteps, timesteps.length));
                        Outputs outputs = model.run(
                                Step.at(i, steps).withTimestep(1000 * s),
                                Map.of(
                                        "hidden_states", latents,
                                        "encoder_hidden_states", prompt,
                                        "timestep", timestep))) {
                    velocity = Tensors.floats(Tensors.fromNative(outputs.first()));
                }
                follow(x, velocity, (float) (next - s));
            }
        }
        return x;
    }

    /** {@code x += span·(u + guidance·(c − u))} with the velocity [u; c]. */
    private void follow(float[] x, float[] velocity, float span) {
        if (velocity.length != 2 * x.length) {
            throw CommandException.invalid("the model's output must have as many values as its latents, " + 2 * x.length
                    + ", found " + velocity.length);
        }
        for (int j = 0; j < x.length; j++) {
            float unconditional = velocity[j];
            float conditional = velocity[x.length + j];
            x[j] += span * (unconditional + guidance * (conditional - unconditional));
        }
    }

    private static float[] twice(float[] x) {
        float[] both = Arrays.copyOf(x, 2 * x.length);
        System.arraycopy(x, 0, both, x.length, x.length);
        return both;
    }
}
