package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Opens tiny models for a test and closes everything after it; then no native tensor may be left. */
public final class TinyModelFixture implements BeforeEachCallback, AfterEachCallback {
    static final float[] LATENTS = {1, 2, 3, 4};
    static final float[] TEXT = {1, 0, 0, 0, 0, 1, 0, 0};
    static final long[] LATENTS_SHAPE = {1, 4};
    static final long[] TEXT_SHAPE = {2, 4};

    private final List<CachedTransformer> transformers = new ArrayList<>();
    private final List<OnnxTensor> tensors = new ArrayList<>();
    private @Nullable Path folder;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        folder = Files.createTempDirectory("tiny");
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        transformers.forEach(CachedTransformer::close);
        tensors.stream().filter(tensor -> !tensor.isClosed()).forEach(OnnxTensor::close);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        for (CachedTransformer transformer : transformers) {
            assertThat(transformer.liveTensors().count()).as("live tensors").isZero();
        }
    }

    Path folder() {
        return folder;
    }

    CachedTransformer open() {
        return open(SessionSettings.cpu());
    }

    CachedTransformer open(SessionSettings settings) {
        return open(settings, "latents");
    }

    CachedTransformer open(SessionSettings settings, @Nullable String latents) {
        CachedTransformer transformer =
                CachedTransformer.open(TinyModel.write(folder, latents).bundle(), settings);
        transformers.add(transformer);
        return transformer;
    }

    CachedTransformer closeAfterwards(CachedTransformer transformer) {
        transformers.add(transformer);
        return transformer;
    }

    OnnxTensor tensor(long[] shape, float... values) {
        OnnxTensor tensor = TestTensors.floats(shape, values);
        tensors.add(tensor);
        return tensor;
    }

    Map<String, OnnxTensor> inputs(float timestep) {
        return inputs(LATENTS, timestep, TEXT);
    }

    Map<String, OnnxTensor> inputs(float[] latents, float timestep, float[] text) {
        return Map.of(
                "latents", tensor(new long[] {latents.length / 4, 4}, latents),
                "timestep", tensor(new long[] {1}, timestep),
                "text", tensor(TEXT_SHAPE, text));
    }

    /** Runs and closes the output. */
    public float[] run(CachedTransformer transformer, Step step, Map<String, OnnxTensor> inputs) {
        try (Outputs outputs = transformer.run(step, inputs)) {
            return outputs.get("sample").getFloatBuffer().array().clone();
        }
    }

    public float[] run(CachedTransformer transformer, int step, float timestep) {
        return run(transformer, Step.at(step), inputs(timestep));
    }

    public static float[] expected(float timestep) {
        return TinyModel.expected(LATENTS, timestep, TEXT);
    }

    /** The trace of the last step. */
    public static StepTrace last(CachedTransformer transformer) {
        List<StepTrace> trace = transformer.trace();
        return trace.get(trace.size() - 1);
    }
}
