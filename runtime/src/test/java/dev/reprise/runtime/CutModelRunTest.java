package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.testdata.TestModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A cut model takes the place of the unsplit one. */
class CutModelRunTest {
    @TempDir
    private Path folder;

    static List<Path> models() {
        return TestModels.goldenModels();
    }

    @ParameterizedTest
    @MethodSource("models")
    void withoutOptimizationsEveryBitIsThatOfTheUnsplitModel(Path model) {
        SessionSettings settings = SessionSettings.cpu().withoutOptimizations();
        Path bundle = TestBundles.cut(model, folder);
        try (CachedTransformer cut = CachedTransformer.open(bundle, settings);
                OriginalModel original = OriginalModel.open(model, settings)) {
            for (int i = 0; i < 3; i++) {
                Map<String, OnnxTensor> inputs = TestTensors.random(original.inputs(), i, 2);
                byte[] expected = TestTensors.take(original.run(Step.at(i), inputs));
                assertThat(TestTensors.take(cut.run(Step.at(i), inputs))).isEqualTo(expected);
                TestTensors.close(inputs);
            }
            assertThat(cut.summary().steps()).isEqualTo(3);
            cut.resetCache();
            assertThat(cut.liveTensors().count()).isZero();
        }
    }
}
