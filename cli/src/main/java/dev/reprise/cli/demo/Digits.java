package dev.reprise.cli.demo;

import dev.reprise.demo.DemoModels;
import dev.reprise.graph.recording.Safetensors;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.verify.run.Tensors;
import java.nio.file.Path;
import java.util.Random;

/**
 * The bundled digits model: what it is asked for, where it starts from. Samples are 28 × 28 values in −1..1; a prompt is one of the
 * ten digits, each once in a batch.
 */
final class Digits {
    static final int SIZE = 28;
    static final int PROMPTS = 10;
    static final int PIXELS = SIZE * SIZE;
    static final float GUIDANCE = 3;

    private final Path folder;

    private Digits(Path folder) {
        this.folder = folder;
    }

    static Digits bundled() {
        return new Digits(DemoModels.digits());
    }

    Path model() {
        return folder.resolve("torchscript.onnx");
    }

    Path classifier() {
        return folder.resolve("classifier.onnx");
    }

    /** Of a batch with all ten digits. */
    static long[] shape() {
        return new long[] {PROMPTS, 1, SIZE, SIZE};
    }

    /** [20, tokens, channels]: ten times the empty prompt, then the ten digits. */
    StoredTensor captions() {
        StoredTensor captions =
                Safetensors.read(folder.resolve("captions.safetensors")).tensor("captions");
        float[] rows = Tensors.floats(captions);
        int row = rows.length / (PROMPTS + 1);
        float[] batch = new float[2 * PROMPTS * row];
        for (int digit = 0; digit < PROMPTS; digit++) {
            System.arraycopy(rows, PROMPTS * row, batch, digit * row, row);
            System.arraycopy(rows, digit * row, batch, (PROMPTS + digit) * row, row);
        }
        return Tensors.of(
                batch, 2 * PROMPTS, captions.shape().get(1), captions.shape().get(2));
    }

    /** Standard normal noise, [10, 1, 28, 28], the same for the same seed on every machine. */
    static float[] noise(long seed) {
        Random random = new Random(seed);
        float[] noise = new float[PROMPTS * PIXELS];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        return noise;
    }
}
