package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.api.InvalidInputException;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepListener;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.monitor.FlightRecorderSteps;
import dev.reprise.testdata.TestModels;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A loop over {@code OrtSession.run} and the same loop over a cached session; and what listeners are told about it. */
class CachedSessionIT {
    private static final Path MODEL = TestModels.golden("dit").resolve("torchscript.onnx");

    @TempDir
    private static Path folder;

    private static Path bundle;
    private static Recording recording;

    @BeforeAll
    static void cut() {
        bundle = TestBundles.cut(MODEL, folder);
        recording = Recording.read(TestModels.golden("dit"));
    }

    /** What both kinds of session have. */
    private interface Call {
        float[] run(Map<String, OnnxTensor> inputs) throws Exception;
    }

    private static List<float[]> loop(Call call) throws Exception {
        List<float[]> outputs = new ArrayList<>();
        for (int step = 0; step < recording.description().steps(); step++) {
            Map<String, OnnxTensor> inputs = inputs(step);
            outputs.add(call.run(inputs));
            inputs.values().forEach(OnnxTensor::close);
        }
        return outputs;
    }

    private static Map<String, OnnxTensor> inputs(int step) {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (Map.Entry<String, StoredTensor> input : recording.inputs(step).entrySet()) {
            inputs.put(input.getKey(), NativeTensors.toNative(input.getValue()));
        }
        return inputs;
    }

    private static float[] floats(OnnxTensor tensor) {
        FloatBuffer buffer = tensor.getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
    }

    private static CachedTransformer open() {
        return CachedTransformer.open(bundle, SessionSettings.cpu());
    }

    @Test
    void theSameLoopGivesTheSamePictures() throws Exception {
        List<float[]> plain;
        List<float[]> cached;
        try (CachedSession session = CachedSession.of(open())) {
            cached = loop(inputs -> {
                try (Outputs result = session.run(inputs)) {
                    return floats(result.first());
                }
            });
            try (OrtSession original = OrtEnvironment.getEnvironment().createSession(MODEL.toString())) {
                plain = loop(inputs -> {
                    try (OrtSession.Result result = original.run(inputs)) {
                        return floats((OnnxTensor) result.get(0));
                    }
                });
            }
        }

        assertThat(cached).hasSameSizeAs(plain);
        for (int step = 0; step < plain.size(); step++) {
            assertThat(cached.get(step)).containsExactly(plain.get(step), within(1e-4f));
        }
    }

    @Test
    void aPolicyDecidesAsWithGivenSteps() throws Exception {
        List<StepTrace> given = new ArrayList<>();
        List<StepTrace> taken = new ArrayList<>();
        try (CachedTransformer transformer = open()) {
            transformer.enableCache(PolicyCatalogue.parse("fbc", Map.of("threshold", 0.3)));
            transformer.onStep(given::add);
            int[] step = {0};
            loop(inputs -> {
                double timestep = recording.description().timesteps().get(step[0]);
                transformer
                        .run(Step.at(step[0]++).withTimestep(timestep), inputs)
                        .close();
                return new float[0];
            });
        }
        CachedTransformer transformer = open();
        transformer.enableCache(PolicyCatalogue.parse("fbc", Map.of("threshold", 0.3)));
        transformer.onStep(taken::add);
        try (CachedSession session = CachedSession.of(transformer)) {
            for (int generation = 0; generation < 2; generation++) {
                loop(inputs -> {
                    session.run(inputs).close();
                    return new float[0];
                });
            }
        }

        int steps = recording.description().steps();
        assertThat(given).anyMatch(StepTrace::reused);
        assertThat(taken).hasSize(2 * steps);
        for (int i = 0; i < taken.size(); i++) {
            assertThat(taken.get(i).step()).isEqualTo(i % steps);
            assertThat(taken.get(i).decisions()).isEqualTo(given.get(i % steps).decisions());
        }
    }

    @Test
    void branchesHaveContextsOfTheirOwn() throws Exception {
        CachedTransformer transformer = open();
        List<String> contexts = new ArrayList<>();
        transformer.onStep(step -> contexts.add(step.step() + step.context()));
        try (CachedSession session = CachedSession.of(transformer).branches("cond", "uncond")) {
            for (int step = 0; step < 2; step++) {
                Map<String, OnnxTensor> inputs = inputs(step);
                session.run(inputs).close();
                session.run(inputs).close();
                inputs.values().forEach(OnnxTensor::close);
            }
        }
        assertThat(contexts).containsExactly("0cond", "0uncond", "1cond", "1uncond");
    }

    @Test
    void aCallThatFailsIsMadeAgainInItsOwnBranch() throws Exception {
        CachedTransformer transformer = open();
        List<String> contexts = new ArrayList<>();
        transformer.onStep(step -> {
            contexts.add(step.step() + step.context());
            if (contexts.size() == 3) {
                throw new IllegalStateException("the caller's listener failed");
            }
        });
        try (CachedSession session = CachedSession.of(transformer).branches("cond", "uncond")) {
            Map<String, OnnxTensor> first = inputs(0);
            assertThatThrownBy(() -> session.run(Map.of("timestep", first.get("timestep"))))
                    .isInstanceOf(InvalidInputException.class);
            session.run(first).close();
            session.run(first).close();
            first.values().forEach(OnnxTensor::close);
            Map<String, OnnxTensor> second = inputs(1);
            assertThatThrownBy(() -> session.run(second)).hasMessageContaining("listener failed");
            session.run(second).close();
            session.run(second).close();
            second.values().forEach(OnnxTensor::close);
        }
        assertThat(contexts).containsExactly("0cond", "0uncond", "1cond", "1cond", "1uncond");
    }

    @Test
    void aTimestepThatCannotBeReadIsRefusedAsTheTransformerDoes() throws Exception {
        try (CachedSession session = CachedSession.of(open())) {
            Map<String, OnnxTensor> inputs = inputs(0);
            inputs.put("timestep", OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), new boolean[] {true}))
                    .close();
            assertThatThrownBy(() -> session.run(inputs))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith("input 'timestep' must be ");
            inputs.values().forEach(OnnxTensor::close);
            assertThatThrownBy(() -> session.run(inputs))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageEndingWith("is a closed tensor");
        }
    }

    @Test
    void branchesNeedNamesOfTheirOwn() {
        try (CachedSession session = CachedSession.of(open())) {
            assertThatThrownBy(() -> session.branches("cond", "cond"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("guidance branches need names of their own, were [cond, cond]");
        }
    }

    @Test
    void withoutATimestepACallIsRefused() {
        try (CachedSession session = CachedSession.of(open())) {
            assertThatThrownBy(() -> session.run(Map.of()))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("timestep");
        }
    }

    @Test
    void listenersAreToldBeforeAndAfter() throws Exception {
        List<String> told = new ArrayList<>();
        try (CachedTransformer transformer = open()) {
            transformer.addListener(new StepListener() {
                @Override
                public void before(Step step, String context) {
                    told.add("before " + step.index() + context);
                }

                @Override
                public void after(StepTrace step) {
                    told.add("after " + step.step());
                }

                @Override
                public void failed(Step step, String context, RuntimeException cause) {
                    told.add("failed " + step.index());
                }
            });
            Map<String, OnnxTensor> inputs = inputs(0);
            transformer.run(Step.at(0), inputs).close();
            assertThatThrownBy(() -> transformer.run(Step.at(1), Map.of())).isInstanceOf(InvalidInputException.class);
            inputs.values().forEach(OnnxTensor::close);
        }
        assertThat(told).containsExactly("before 0default", "after 0", "before 1default", "failed 1");
    }

    @Test
    void flightRecorderKeepsEveryStep() throws Exception {
        Path file = folder.resolve("steps.jfr");
        try (jdk.jfr.Recording flight = new jdk.jfr.Recording();
                CachedTransformer transformer = open()) {
            flight.enable("dev.reprise.Step");
            flight.start();
            transformer.addListener(new FlightRecorderSteps());
            transformer.enableCache(PolicyCatalogue.parse("fbc", Map.of("threshold", 0.3)));
            for (int step = 0; step < 4; step++) {
                Map<String, OnnxTensor> inputs = inputs(step);
                transformer.run(Step.at(step), inputs).close();
                inputs.values().forEach(OnnxTensor::close);
            }
            assertThatThrownBy(() -> transformer.run(Step.at(4), Map.of())).isInstanceOf(InvalidInputException.class);
            flight.stop();
            flight.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("dev.reprise.Step"))
                .toList();
        assertThat(events).hasSize(5);
        assertThat(events.get(0).getInt("index")).isZero();
        assertThat(events.get(0).getString("context")).isEqualTo("default");
        assertThat(events.get(0).getFloat("computedShare")).isEqualTo(1);
        assertThat(events.get(0).getDuration()).isPositive();
        assertThat(events.subList(0, 4)).allMatch(event -> event.getInt("computed") + event.getInt("reused") > 0);
        assertThat(events.get(4).getString("failure")).contains("input");
    }
}
