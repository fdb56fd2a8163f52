package dev.reprise.benchmarks.frontier;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.demo.DemoModels;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.recording.Safetensors;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.tune.Rollout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The loop that both trained models are sampled with: Euler steps on a flow, both guidance branches in one batch. Sample {@code n} begins as
 * noise of seed {@code n}.
 *
 * @param name of the model
 * @param folder with {@code torchscript.onnx} and {@code captions.safetensors}; the last caption is the empty prompt
 * @param prompts rows of the captions, an image each
 * @param image [channels, height, width] or [channels, frames, height, width]
 * @param steps denoising steps
 */
record DemoRollout(String name, Path folder, List<Integer> prompts, List<Integer> image, int steps) implements Rollout {
    private static final float GUIDANCE = 3;

    static DemoRollout digits(int steps) {
        return new DemoRollout(
                "digits", DemoModels.digits(), List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), List.of(1, 28, 28), steps);
    }

    static DemoRollout video(int steps) {
        return new DemoRollout("video", DemoModels.video(), List.of(0, 57, 106, 11), List.of(3, 8, 24, 24), steps);
    }

    Path model() {
        return folder.resolve("torchscript.onnx");
    }

    private int values() {
        return image.stream().reduce(1, (a, b) -> a * b);
    }

    @Override
    public List<float[]> run(DenoisingModel model, int sample) {
        int images = prompts.size();
        float[] x = new float[images * values()];
        Random random = new Random(sample);
        for (int j = 0; j < x.length; j++) {
            x[j] = (float) random.nextGaussian();
        }
        List<Long> shape = new ArrayList<>(List.of(2L * images));
        image.forEach(size -> shape.add((long) size));
        try (OnnxTensor captions = captions()) {
            for (int i = 0; i < steps; i++) {
                step(model, x, shape, captions, i);
            }
        }
        List<float[]> results = new ArrayList<>();
        for (int at = 0; at < images; at++) {
            float[] result = Arrays.copyOfRange(x, at * values(), (at + 1) * values());
            for (int j = 0; j < result.length; j++) {
                result[j] = Math.max(-1, Math.min(1, result[j]));
            }
            results.add(result);
        }
        return results;
    }

    private void step(DenoisingModel model, float[] x, List<Long> shape, OnnxTensor captions, int i) {
        double level = 1 - (double) i / steps;
        float[] both = Arrays.copyOf(x, 2 * x.length);
        System.arraycopy(x, 0, both, x.length, x.length);
        float[] times = new float[2 * prompts.size()];
        Arrays.fill(times, (float) (1000 * level));
        try (OnnxTensor latents = tensor(both, shape);
                OnnxTensor timestep = tensor(times, List.of((long) times.length));
                Outputs outputs = model.run(
                        Step.at(i, steps).withTimestep(1000 * level),
                        Map.of("hidden_states", latents, "timestep", timestep, "encoder_hidden_states", captions))) {
            FloatBuffer velocity =
                    NativeTensors.fromNative(outputs.first()).data().asFloatBuffer();
            for (int j = 0; j < x.length; j++) {
                float unconditional = velocity.get(j);
                x[j] -= (unconditional + GUIDANCE * (velocity.get(x.length + j) - unconditional)) / steps;
            }
        }
    }

    /** [2·images, tokens, channels]: the empty prompt for each, then the prompts. */
    private OnnxTensor captions() {
        StoredTensor stored =
                Safetensors.read(folder.resolve("captions.safetensors")).tensor("captions");
        FloatBuffer all = stored.data().asFloatBuffer();
        int rows = Math.toIntExact(stored.shape().get(0));
        int row = all.remaining() / rows;
        float[] both = new float[2 * prompts.size() * row];
        for (int at = 0; at < prompts.size(); at++) {
            for (int j = 0; j < row; j++) {
                both[at * row + j] = all.get((rows - 1) * row + j);
                both[(prompts.size() + at) * row + j] = all.get(prompts.get(at) * row + j);
            }
        }
        List<Long> shape = new ArrayList<>(stored.shape());
        shape.set(0, 2L * prompts.size());
        return tensor(both, shape);
    }

    /** As many values as another tensor has, all the same. */
    static OnnxTensor filled(double value, OnnxTensor like) {
        List<Long> shape = shape(like);
        float[] values = new float[Math.toIntExact(shape.stream().reduce(1L, (a, b) -> a * b))];
        Arrays.fill(values, (float) value);
        return tensor(values, shape);
    }

    static List<Long> shape(OnnxTensor tensor) {
        return Arrays.stream(tensor.getInfo().getShape()).boxed().toList();
    }

    static OnnxTensor tensor(float[] values, List<Long> shape) {
        ByteBuffer content = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        content.asFloatBuffer().put(values);
        return NativeTensors.toNative(new StoredTensor(ElementType.FLOAT, shape, content));
    }
}
