package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.RewriteLevel;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.testdata.TestModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A cut model takes the place of the unsplit one, in few sessions or in one per segment. */
class CutModelRunTest {
    @TempDir
    private Path folder;

    static List<Path> models() {
        return TestModels.goldenModels();
    }

    @ParameterizedTest
    @MethodSource("models")
    void withoutOptimizationsEveryBitIsThatOfTheUnsplitModel(Path model) {
        SessionSettings settings = SessionSettings.cpu().withoutOptimizations().withoutSharedCache();
        Path bundle = TestBundles.cut(model, folder);
        try (CachedTransformer merged = CachedTransformer.open(bundle, settings);
                CachedTransformer separate = CachedTransformer.open(bundle, settings.withSeparateSegments());
                OriginalModel original = OriginalModel.open(model, settings)) {
            for (int i = 0; i < 2; i++) {
                Map<String, OnnxTensor> inputs = TestTensors.random(original.inputs(), i, 2);
                byte[] expected = TestTensors.take(original.run(Step.at(i), inputs));
                assertThat(TestTensors.take(merged.run(Step.at(i), inputs))).isEqualTo(expected);
                assertThat(TestTensors.take(separate.run(Step.at(i), inputs))).isEqualTo(expected);
                TestTensors.close(inputs);
            }
            assertThat(merged.trace().get(0).segmentsRun())
                    .isEqualTo(separate.trace().get(0).segmentsRun());
            for (CachedTransformer cut : List.of(merged, separate)) {
                cut.resetCache();
                assertThat(cut.liveTensors().count()).isZero();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void withOptimizationsItDiffersByRounding(Path model) {
        SessionSettings settings = SessionSettings.cpu();
        Path bundle = TestBundles.cut(model, folder);
        try (CachedTransformer merged = CachedTransformer.open(bundle, settings);
                CachedTransformer separate = CachedTransformer.open(bundle, settings.withSeparateSegments());
                OriginalModel original = OriginalModel.open(model, settings)) {
            Map<String, OnnxTensor> inputs = TestTensors.random(original.inputs(), 7, 2);
            float[] expected = firstOutput(original, inputs);
            assertThat(relativeError(expected, firstOutput(merged, inputs))).isLessThan(1e-5);
            assertThat(relativeError(expected, firstOutput(separate, inputs))).isLessThan(1e-5);
            TestTensors.close(inputs);
        }
    }

    @Test
    void runsSegmentsAsTheyWereRewrittenUnlessToldNotTo() {
        Path model = TestModels.golden("dit").resolve("torchscript.onnx");
        Path bundle = TestBundles.cut(model, folder);
        SessionSettings settings = SessionSettings.cpu();
        SessionSettings plain = settings.withRewrites(RewriteLevel.NONE);
        assertThat(settings.runsRewritten()).isTrue();
        assertThat(plain.runsRewritten()).isFalse();
        assertThat(settings.withoutOptimizations().runsRewritten()).isFalse();
        try (CachedTransformer rewritten = CachedTransformer.open(bundle, settings);
                CachedTransformer own = CachedTransformer.open(bundle, plain);
                OriginalModel original = OriginalModel.open(model, settings)) {
            Map<String, OnnxTensor> inputs = TestTensors.random(original.inputs(), 7, 2);
            // Fused operators round otherwise: that they do shows that they ran.
            assertThat(firstOutput(rewritten, inputs)).isNotEqualTo(firstOutput(own, inputs));
            TestTensors.close(inputs);
        }
    }

    private static float[] firstOutput(DenoisingModel model, Map<String, OnnxTensor> inputs) {
        try (Outputs outputs = model.run(Step.at(0), inputs)) {
            return outputs.first().getFloatBuffer().array();
        }
    }

    private static double relativeError(float[] expected, float[] found) {
        double largest = 0;
        double error = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            error = Math.max(error, Math.abs(expected[i] - found[i]));
        }
        return error / largest;
    }
}
