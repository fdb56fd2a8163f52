package dev.reprise.cli.demo;

import dev.reprise.demo.DemoModels;
import dev.reprise.graph.recording.Safetensors;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.verify.run.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * A bundled model: where it lies, what it is asked for, where it starts from. Samples have values in −1..1; every prompt is once in a
 * batch.
 *
 * @param name as the option {@code --model} has it
 * @param subject what it draws, for people: "handwritten digits"
 * @param folder with {@code torchscript.onnx} and {@code captions.safetensors}
 * @param prompts rows of the captions; their last row is the empty prompt
 * @param labels what each prompt asks for
 * @param sample [channels, height, width] or [channels, frames, height, width]
 * @param rounds how often each setting draws all prompts where nobody says
 * @param judged whether the folder has a {@code classifier.onnx} that tells the prompts apart
 */
public record DemoModel(
        String name,
        String subject,
        Path folder,
        List<Integer> prompts,
        List<String> labels,
        List<Long> sample,
        int rounds,
        boolean judged) {
    static final float GUIDANCE = 3;

    public DemoModel {
        prompts = List.copyOf(prompts);
        labels = List.copyOf(labels);
        sample = List.copyOf(sample);
    }

    /** 28 × 28 pixels, the ten digits. */
    public static DemoModel digits() {
        List<Integer> prompts = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (int digit = 0; digit < 10; digit++) {
            prompts.add(digit);
            labels.add(Integer.toString(digit));
        }
        return new DemoModel(
                "digits", "handwritten digits", DemoModels.digits(), prompts, labels, List.of(1L, 28L, 28L), 3, true);
    }

    /** Eight frames of 24 × 24 pixels, in colour; four of 108 prompts. */
    public static DemoModel video() {
        return new DemoModel(
                "video",
                "short videos of a moving shape",
                DemoModels.video(),
                List.of(0, 57, 106, 11),
                List.of(
                        "red circle moving right",
                        "cyan square moving down",
                        "magenta triangle going round clockwise",
                        "yellow circle going round counterclockwise"),
                List.of(3L, 8L, 24L, 24L),
                2,
                false);
    }

    boolean isVideo() {
        return sample.size() == 4;
    }

    public Path model() {
        return folder.resolve("torchscript.onnx");
    }

    Path classifier() {
        return folder.resolve("classifier.onnx");
    }

    /** Of a batch with every prompt once. */
    long[] shape() {
        return LongStream.concat(LongStream.of(prompts.size()), sample.stream().mapToLong(size -> size))
                .toArray();
    }

    /** Values of one sample. */
    int values() {
        return Math.toIntExact(sample.stream().reduce(1L, (a, b) -> a * b));
    }

    /** [2·prompts, tokens, channels]: the empty prompt for each, then the prompts. */
    StoredTensor captions() {
        StoredTensor captions =
                Safetensors.read(folder.resolve("captions.safetensors")).tensor("captions");
        float[] rows = Tensors.floats(captions);
        int count = Math.toIntExact(captions.shape().get(0));
        int row = rows.length / count;
        float[] batch = new float[2 * prompts.size() * row];
        for (int i = 0; i < prompts.size(); i++) {
            System.arraycopy(rows, (count - 1) * row, batch, i * row, row);
            System.arraycopy(rows, prompts.get(i) * row, batch, (prompts.size() + i) * row, row);
        }
        return Tensors.of(
                batch,
                2L * prompts.size(),
                captions.shape().get(1),
                captions.shape().get(2));
    }

    /** Standard normal noise of {@link #shape}, the same for the same seed on every machine. */
    public float[] noise(long seed) {
        Random random = new Random(seed);
        float[] noise = new float[prompts.size() * values()];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        return noise;
    }
}
