package org.example.service;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.spring.ImageGenerator;
import dev.reprise.spring.ImageOption;
import dev.reprise.spring.ImageRequest;
import dev.reprise.spring.InvalidImageRequestException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Flow matching with Euler steps and classifier-free guidance, one digit at a time.
 *
 * <pre>
 *   s = 1 − i/N,  s' = 1 − (i+1)/N,  timestep 1000·s
 *   u, c = model([x; x], [empty; prompt])
 *   x += (s' − s)·(u + guidance·(c − u))
 * </pre>
 */
final class DigitsGenerator implements ImageGenerator {
    private static final int SIZE = 28;
    private static final int VALUES = SIZE * SIZE;
    private static final int STEPS = 30;
    private static final int FEWEST_STEPS = 2;
    private static final int MOST_STEPS = 1000;
    private static final double GUIDANCE = 3;
    private static final double MOST_GUIDANCE = 20;
    private static final List<String> INPUTS = List.of("hidden_states", "encoder_hidden_states", "timestep");

    /** [digits and the empty prompt, tokens, channels] */
    private final float[] captions;

    private final int rows;
    private final long tokens;
    private final long channels;

    /** @param captions [digits and the empty prompt, tokens, channels] */
    DigitsGenerator(StoredTensor captions) {
        this.captions = new float[captions.data().remaining() / Float.BYTES];
        captions.data().asFloatBuffer().get(this.captions);
        rows = Math.toIntExact(captions.shape().get(0));
        tokens = captions.shape().get(1);
        channels = captions.shape().get(2);
    }

    @Override
    public Set<ImageOption> options() {
        return Set.of(ImageOption.STEPS, ImageOption.SEED, ImageOption.GUIDANCE, ImageOption.WIDTH, ImageOption.HEIGHT);
    }

    @Override
    public void check(ImageRequest request) {
        if (!request.prompt().matches("[0-9]")) {
            throw new InvalidImageRequestException(
                    "prompt", "prompt must be a digit from 0 to 9, was '" + request.prompt() + "'");
        }
        int steps = steps(request);
        require(
                steps >= FEWEST_STEPS && steps <= MOST_STEPS,
                ImageOption.STEPS,
                "must be from " + FEWEST_STEPS + " to " + MOST_STEPS + ", was " + steps);
        double guidance = guidance(request);
        require(
                guidance >= 0 && guidance <= MOST_GUIDANCE,
                ImageOption.GUIDANCE,
                "must be from 0 to 20, was " + guidance);
        int width = request.width().orElse(SIZE);
        require(width == SIZE, ImageOption.WIDTH, "must be " + SIZE + ", was " + width);
        int height = request.height().orElse(SIZE);
        require(height == SIZE, ImageOption.HEIGHT, "must be " + SIZE + ", was " + height);
    }

    private static void require(boolean holds, ImageOption option, String problem) {
        if (!holds) {
            throw new InvalidImageRequestException(option.id(), option.id() + " " + problem);
        }
    }

    private static int steps(ImageRequest request) {
        return request.steps().orElse(STEPS);
    }

    private static double guidance(ImageRequest request) {
        return request.guidance().orElse(GUIDANCE);
    }

    @Override
    public void requireModel(Manifest model) {
        List<String> names = model.inputs().stream().map(TensorSpec::name).toList();
        if (!names.containsAll(INPUTS)) {
            throw new InvalidModelException(
                    "the model must have the inputs " + INPUTS + " of the digits model, found " + names);
        }
        List<Long> latents = model.inputs().get(names.indexOf(INPUTS.get(0))).shape();
        if (latents == null
                || latents.size() != 4
                || !List.of(1L, (long) SIZE, (long) SIZE).equals(latents.subList(1, 4))) {
            throw new InvalidModelException(
                    "the model must draw [batch, 1, 28, 28] as the digits model, found " + latents);
        }
    }

    @Override
    public byte[] generate(CachedTransformer model, ImageRequest request) throws OrtException {
        int steps = steps(request);
        float[] x = noise(request.seed().orElseThrow());
        try (OnnxTensor caption = tensor(branches(Integer.parseInt(request.prompt())), 2, tokens, channels)) {
            for (int i = 0; i < steps; i++) {
                step(model, i, steps, (float) guidance(request), x, caption);
            }
        }
        return GreyPng.of(x, SIZE, SIZE);
    }

    private static void step(CachedTransformer model, int i, int steps, float guidance, float[] x, OnnxTensor caption)
            throws OrtException {
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
                x[j] += span * (unconditional + guidance * (conditional - unconditional));
            }
        }
    }

    /** Both guidance branches: the empty prompt and a digit, [2, tokens, channels]. */
    private float[] branches(int digit) {
        int row = captions.length / rows;
        float[] branches = Arrays.copyOfRange(captions, (rows - 1) * row, (rows + 1) * row);
        System.arraycopy(captions, digit * row, branches, row, row);
        return branches;
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
