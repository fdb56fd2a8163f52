package dev.reprise.runtime.tune;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a model and remembers the latents of each step, and the outputs of the same shape: one of each guidance branch, whether the branches
 * lie in one batch or are run one after the other.
 */
final class RolloutRecorder implements DenoisingModel {
    /** Values of an image that are looked at, evenly spread: more say nothing new. */
    private static final int MOST_VALUES = 4096;

    private final CachedTransformer model;
    private final @Nullable String latentsName;
    private final List<float[]> latents = new ArrayList<>();
    private final List<List<float[]>> outputs = new ArrayList<>();
    private int rows = 1;
    private boolean usable = true;

    RolloutRecorder(CachedTransformer model) {
        this.model = model;
        latentsName = model.manifest().roles().latents();
    }

    @Override
    public List<TensorSpec> inputs() {
        return model.inputs();
    }

    @Override
    public List<TensorSpec> outputs() {
        return model.outputs();
    }

    @Override
    public Outputs run(Step step, Map<String, ? extends OnnxTensor> inputs) {
        OnnxTensor tensor = inputs.get(latentsName);
        usable &= tensor != null;
        float[] seen = usable && tensor != null ? values(tensor) : new float[0];
        Outputs results = model.run(step, inputs);
        try {
            if (usable) {
                take(step.index(), seen, values(results.first()));
            }
            return results;
        } catch (RuntimeException | Error e) {
            results.close();
            throw e;
        }
    }

    private void take(int step, float[] seen, float[] result) {
        boolean again = step == latents.size() - 1 && Arrays.equals(seen, latents.get(step));
        // A solver that looks at other latents within a step is not understood.
        usable &= again || step == latents.size();
        if (!usable) {
            return;
        }
        if (!again) {
            latents.add(seen);
            outputs.add(new ArrayList<>());
        }
        outputs.get(step).add(result);
    }

    /** The same number of values of each row; empty where they are no float32. */
    private float[] values(OnnxTensor tensor) {
        StoredTensor stored = copy(tensor);
        if (stored.elementType() != ElementType.FLOAT
                || stored.shape().isEmpty()
                || stored.shape().get(0) == 0) {
            usable = false;
            return new float[0];
        }
        rows = Math.toIntExact(stored.shape().get(0));
        FloatBuffer values = stored.data().asFloatBuffer();
        int row = values.remaining() / rows;
        int kept = Math.min(row, MOST_VALUES);
        float[] sampled = new float[rows * kept];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < kept; j++) {
                sampled[i * kept + j] = values.get(i * row + (int) ((long) j * row / kept));
            }
        }
        return sampled;
    }

    /** Java cannot read a tensor that is on a device. */
    private StoredTensor copy(OnnxTensor tensor) {
        try (OnnxTensor readable = model.toHost(tensor)) {
            return NativeTensors.fromNative(readable);
        }
    }

    /** What was recorded; empty where the latents say nothing about the steps. */
    Optional<Recorded> recorded() {
        if (!usable || latents.size() < 4) {
            return Optional.empty();
        }
        boolean guided = latents.stream().allMatch(RolloutRecorder::isTwice) && rows % 2 == 0;
        List<float[]> own =
                guided ? latents.stream().map(RolloutRecorder::firstHalf).toList() : latents;
        List<List<float[]>> results = outputs;
        if (guided) {
            results = outputs.stream()
                    .map(each -> each.stream()
                            .flatMap(both -> Stream.of(firstHalf(both), secondHalf(both)))
                            .toList())
                    .toList();
        }
        return Optional.of(new Recorded(own, results, guided ? rows / 2 : rows));
    }

    /**
     * A rollout without a policy.
     *
     * @param latents at the start of each step, [images × values]
     * @param outputs of each step
     * @param images rows of the latents
     */
    record Recorded(List<float[]> latents, List<List<float[]>> outputs, int images) {}

    private static boolean isTwice(float[] values) {
        return values.length % 2 == 0 && Arrays.equals(firstHalf(values), secondHalf(values));
    }

    private static float[] firstHalf(float[] values) {
        return Arrays.copyOf(values, values.length / 2);
    }

    private static float[] secondHalf(float[] values) {
        return Arrays.copyOfRange(values, values.length / 2, values.length);
    }

    @Override
    public void close() {}
}
