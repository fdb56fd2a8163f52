package dev.reprise.ort.capi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.testdata.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@DisabledIfSystemProperty(named = NativeLayer.PROPERTY, matches = "off")
class BoundRunTest {
    private static final int RUNS = 20_000;
    private static final boolean[] BOTH = {true, true};

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final NativeLayer layer = NativeLayer.of(environment);
    private OrtSession session;
    private BoundRun run;

    @BeforeEach
    void open() throws OrtException {
        session = open(environment);
        run = new BoundSession(layer, session, List.of("a", "b"), List.of("sum", "difference")).newRun();
    }

    @AfterEach
    void close() throws OrtException {
        run.close();
        session.close();
    }

    private static OrtSession open(OrtEnvironment environment) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            // One test lets a run fail: no report on standard error.
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            return environment.createSession(sumAndDifference(), options);
        }
    }

    private static byte[] sumAndDifference() {
        return SmallModels.model(GraphProto.newBuilder()
                        .setName("two outputs")
                        .addInput(SmallModels.matrix("a", 0))
                        .addInput(SmallModels.matrix("b", 0))
                        .addOutput(SmallModels.matrix("sum", 0))
                        .addOutput(SmallModels.matrix("difference", 0))
                        .addNode(SmallModels.node("Add", "sum", "a", "b"))
                        .addNode(SmallModels.node("Sub", "difference", "a", "b")))
                .toByteArray();
    }

    private OnnxTensor tensor(float... values) throws OrtException {
        return OnnxTensor.createTensor(environment, new float[][] {values});
    }

    @Test
    void resultsAreTensorsWithTheirShapeAndTypeInTheOrderOfTheOutputs() throws OrtException {
        try (OnnxTensor a = tensor(1, 2, 3);
                OnnxTensor b = tensor(10, 20, 30)) {
            run.bind(0, a);
            run.bind(1, b);
            List<OnnxTensor> results = run.run(BOTH, false, true);

            assertThat(results).hasSize(2);
            assertThat((float[][]) results.get(0).getValue()).isDeepEqualTo(new float[][] {{11, 22, 33}});
            assertThat((float[][]) results.get(1).getValue()).isDeepEqualTo(new float[][] {{-9, -18, -27}});
            assertThat(results.get(0).getInfo().getShape()).containsExactly(1, 3);
            assertThat(results.get(0).getInfo().type).isEqualTo(OnnxJavaType.FLOAT);
            assertThat(BoundSession.isOnDevice(layer, results.get(0))).isFalse();
            results.forEach(OnnxTensor::close);
        }
    }

    @Test
    void aLaterRunDoesNotWriteIntoAnEarlierResult() throws OrtException {
        try (OnnxTensor a = tensor(1, 2);
                OnnxTensor b = tensor(3, 4);
                OnnxTensor other = tensor(100, 200)) {
            run.bind(0, a);
            run.bind(1, b);
            List<OnnxTensor> first = run.run(BOTH, false, true);
            run.bind(0, other);
            run.bind(1, b);
            List<OnnxTensor> second = run.run(BOTH, false, true);

            assertThat((float[][]) first.get(0).getValue()).isDeepEqualTo(new float[][] {{4, 6}});
            assertThat((float[][]) second.get(0).getValue()).isDeepEqualTo(new float[][] {{103, 204}});
            first.forEach(OnnxTensor::close);
            second.forEach(OnnxTensor::close);
        }
    }

    @Test
    void aResultFeedsTheNextRunAndOutlivesTheSession() throws OrtException {
        List<OnnxTensor> second;
        try (OnnxTensor a = tensor(1, 2)) {
            run.bind(0, a);
            run.bind(1, a);
            List<OnnxTensor> first = run.run(BOTH, false, true);
            run.bind(0, a);
            run.bind(1, first.get(0));
            second = run.run(BOTH, false, true);
            first.forEach(OnnxTensor::close);
        }
        run.close();
        session.close();
        session = open(environment);

        assertThat((float[][]) second.get(0).getValue()).isDeepEqualTo(new float[][] {{3, 6}});
        second.forEach(OnnxTensor::close);
    }

    @Test
    void inputsMustBeBoundAndOpen() throws OrtException {
        OnnxTensor a = tensor(1);
        run.bind(0, a);
        assertThatIllegalStateException()
                .isThrownBy(() -> run.run(BOTH, false, true))
                .withMessage("input b is not bound");

        run.bind(0, a);
        run.bind(1, a);
        a.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> run.run(BOTH, false, true))
                .withMessage("the tensor bound to input a is closed");
        assertThatIllegalStateException().isThrownBy(() -> run.bind(0, a)).withMessageContaining("is closed");

        run.close();
        try (OnnxTensor b = tensor(1)) {
            assertThatIllegalStateException().isThrownBy(() -> run.bind(0, b)).withMessageContaining("is closed");
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> run.run(BOTH, false, true))
                .withMessageContaining("is closed");
        run.close();
    }

    @Test
    void aRunThatFailsLeavesTheBindingUsable() throws OrtException {
        try (OnnxTensor a = tensor(1, 2);
                OnnxTensor wide = tensor(1, 2, 3);
                OnnxTensor b = tensor(3, 4)) {
            run.bind(0, a);
            run.bind(1, wide);
            assertThatThrownBy(() -> run.run(BOTH, false, true))
                    .isInstanceOf(OrtException.class)
                    .hasMessageContaining("2 by 3");

            run.bind(0, a);
            run.bind(1, b);
            List<OnnxTensor> results = run.run(BOTH, false, true);
            assertThat((float[][]) results.get(0).getValue()).isDeepEqualTo(new float[][] {{4, 6}});
            results.forEach(OnnxTensor::close);
        }
    }

    @Test
    void outputsThatAreNotWantedAreNotMade() throws OrtException {
        try (OnnxTensor a = tensor(1, 2);
                OnnxTensor b = tensor(3, 4)) {
            run.bind(0, a);
            run.bind(1, b);
            List<OnnxTensor> results = run.run(new boolean[] {false, true}, true, true);

            assertThat(results).hasSize(1);
            assertThat((float[][]) results.get(0).getValue()).isDeepEqualTo(new float[][] {{-2, -2}});
            results.forEach(OnnxTensor::close);
        }
    }

    @Test
    void anUnknownNameIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BoundSession(layer, session, List.of("a", "b"), List.of("product")))
                .withMessage("the session has no 'product', only sum, difference");
    }

    @Test
    void onTheCpuAllIsInItsMemory() throws OrtException {
        BoundSession bound = new BoundSession(layer, session, List.of("b", "a"), List.of("difference"));

        assertThat(bound.wantsOnDevice(0)).isFalse();
        assertThat(bound.makesOnDevice(0)).isFalse();
    }

    /** Runs many times and prints by how much the process grew. */
    public static final class ManyRuns {
        public static void main(String[] args) throws Exception {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            NativeLayer layer = NativeLayer.of(environment);
            try (OrtSession session = open(environment);
                    OnnxTensor a = OnnxTensor.createTensor(environment, new float[1][256]);
                    BoundRun run = new BoundSession(layer, session, List.of("a", "b"), List.of("sum", "difference"))
                            .newRun()) {
                runOften(run, a, RUNS / 4);
                long before = ForkedJvm.anonymousBytes();
                runOften(run, a, RUNS);
                System.out.println("growth=" + (ForkedJvm.anonymousBytes() - before));
            }
        }

        private static void runOften(BoundRun run, OnnxTensor a, int times) throws OrtException {
            for (int i = 0; i < times; i++) {
                run.bind(0, a);
                run.bind(1, a);
                run.run(BOTH, false, true).forEach(OnnxTensor::close);
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void runsLeaveNoMemoryBehind() throws Exception {
        long growth = ForkedJvm.numbers(new ForkedJvm().run(ManyRuns.class)).get("growth");

        // Each run makes two tensors of 1 kB.
        assertThat(growth).isLessThan(RUNS * 2048L / 4);
    }
}
