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
public final class EulerSampler {
    private final int steps;
    private final float guidance;
    private final long[] shape;
    private final StoredTensor captions;

    /**
     * A sampler.
     *
     * @param shape of the noise and the samples, [prompts, …]
     * @param captions [2·prompts, tokens, channels]: the empty prompt for each, then the prompts
     */
    EulerSampler(int steps, float guidance, long[] shape, StoredTensor captions) {
        this.steps = steps;
        this.guidance = guidance;
        this.shape = shape.clone();
        this.captions = captions;
    }

    public static EulerSampler of(DemoModel model, int steps) {
        return new EulerSampler(steps, DemoModel.GUIDANCE, model.shape(), model.captions());
    }

    int steps() {
        return steps;
    }

    /** Draws a batch: one sample for each prompt. */
    float[] sample(DenoisingModel model, float[] noise) {
        try (Batch batch = begin(noise)) {
            for (int i = 0; i < steps; i++) {
                batch.step(model, i);
            }
            return batch.x;
        }
    }

    /** A batch that is drawn step by step. */
    public Batch begin(float[] noise) {
        return new Batch(noise.clone());
    }

    /** Samples on their way from noise, and the time that the model took for them. */
    public final class Batch implements AutoCloseable {
        private final float[] x;
        private final OnnxTensor prompt = Tensors.toNative(captions);
        private long nanos;

        private Batch(float[] noise) {
            x = noise;
        }

        /** One denoising step. */
        public void step(DenoisingModel model, int i) {
            double s = 1 - (double) i / steps;
            double next = 1 - (double) (i + 1) / steps;
            long[] doubled = shape.clone();
            doubled[0] *= 2;
            float[] timesteps = new float[Math.toIntExact(doubled[0])];
            Arrays.fill(timesteps, (float) (1000 * s));
            try (OnnxTensor latents = Tensors.toNative(Tensors.of(twice(x), doubled));
                    OnnxTensor timestep = Tensors.toNative(Tensors.of(timesteps, timesteps.length))) {
                Map<String, OnnxTensor> inputs =
                        Map.of("hidden_states", latents, "encoder_hidden_states", prompt, "timestep", timestep);
                long start = System.nanoTime();
                Outputs outputs = model.run(Step.at(i, steps).withTimestep(1000 * s), inputs);
                nanos += System.nanoTime() - start;
                try (outputs) {
                    follow(Tensors.floats(Tensors.fromNative(outputs.first())), (float) (next - s));
                }
            }
        }

        /** {@code x += span·(u + guidance·(c − u))} with the velocity [u; c]. */
        private void follow(float[] velocity, float span) {
            if (velocity.length != 2 * x.length) {
                throw CommandException.invalid("the model's output must have as many values as its latents, "
                        + 2 * x.length + ", found " + velocity.length);
            }
            for (int j = 0; j < x.length; j++) {
                float unconditional = velocity[j];
                float conditional = velocity[x.length + j];
                x[j] += span * (unconditional + guidance * (conditional - unconditional));
            }
        }

        /** [prompts, …] */
        public float[] samples() {
            return x.clone();
        }

        /** Time in the model so far. */
        public long nanos() {
            return nanos;
        }

        @Override
        public void close() {
            prompt.close();
        }
    }

    private static float[] twice(float[] x) {
        float[] both = Arrays.copyOf(x, 2 * x.length);
        System.arraycopy(x, 0, both, x.length, x.length);
        return both;
    }
}
