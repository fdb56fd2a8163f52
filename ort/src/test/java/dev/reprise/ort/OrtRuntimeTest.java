package dev.reprise.ort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.ort.api.ModelRunException;
import dev.reprise.ort.api.SessionConfig;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OrtRuntimeTest {
    private final OrtRuntime runtime = new OrtRuntime(0);

    @Test
    void aResultThatIsNoTensorIsRefused() {
        try (ModelSession session = runtime.open("sequence", TestModels.sequence(), SessionConfig.cpu());
                OnnxTensor x = NativeTensors.floats(new float[] {1, 2}, 2)) {
            assertThatThrownBy(() -> session.run(Map.of("x", x), Set.of("y", "all")))
                    .isInstanceOf(ModelRunException.class)
                    .hasMessageStartingWith("sequence: output 'all' is no tensor: ");
            List<OnnxTensor> results = session.run(Map.of("x", x), Set.of("y"));
            assertThat(results.get(0).getFloatBuffer().get(1)).isEqualTo(2);
            results.get(0).close();
        }
    }

    @Test
    void aSessionClosesOnce() {
        ModelSession session = runtime.open("identity", TestModels.identity(), SessionConfig.cpu());
        session.close();
        session.close();
        assertThat(session.isClosed()).isTrue();
    }

    /** What ONNX Runtime refuses for what it is, is not tried again without optimizations. */
    @Test
    void aModelThatIsWrongIsRefusedWithTheFirstCause() {
        for (byte[] model : List.of(TestModels.unknownOperator(), new byte[] {1, 2, 3})) {
            assertThatThrownBy(() -> runtime.open("wrong.onnx", model, SessionConfig.cpu()))
                    .isInstanceOf(InvalidModelException.class)
                    .hasMessageStartingWith("ONNX Runtime cannot open wrong.onnx: ")
                    .hasCauseInstanceOf(OrtException.class)
                    .satisfies(e -> assertThat(e.getSuppressed()).isEmpty());
        }
    }

    @Test
    void onlyFailuresOfTheOptimizerAreItsFailures() {
        assertThat(
                        OptimizerFailure.isCauseOf(
                                new OrtException(
                                        OrtErrorCode.ORT_RUNTIME_EXCEPTION,
                                        "Exception during initialization: /onnxruntime_src/onnxruntime/core/optimizer/initializer.cc:43")))
                .isTrue();
        assertThat(OptimizerFailure.isCauseOf(new OrtException(
                        OrtErrorCode.ORT_RUNTIME_EXCEPTION, "Exception during initialization: std::bad_alloc")))
                .isFalse();
        assertThat(OptimizerFailure.isCauseOf(new OrtException(
                        OrtErrorCode.ORT_FAIL, "Load model from transformer.onnx failed: no such file")))
                .isFalse();
    }
}
