package dev.reprise.verify.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.ByteString;
import dev.reprise.graph.json.JsonFile;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.Safetensors;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.graph.recording.ValueFingerprint;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.Verification;
import dev.reprise.verify.api.FirstDrift;
import dev.reprise.verify.api.ProgressListener;
import dev.reprise.verify.api.VerificationResult;
import dev.reprise.verify.record.RecordingRun;
import dev.reprise.verify.run.RecordedInputs;
import dev.reprise.verify.run.Tensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BisectionIT {
    private static final Path MODEL = TestModels.golden("pixart").resolve("torchscript.onnx");

    @TempDir
    private Path folder;

    @Test
    void thePartShowsTheDifferenceByItself() throws Exception {
        Path recording = record();
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(MODEL));
        int index = weight(model);
        String changed = model.getGraph().getInitializer(index).getName();
        Path faulty = Files.write(
                folder.resolve("faulty.onnx"), scaled(model, index, 1.5f).toByteArray());
        Path part = folder.resolve("part");

        VerificationResult result =
                Verification.of(faulty, recording).bisect(part).run();

        assertThat(result.unwritten()).isEmpty();
        assertThat(result.part()).contains(part);
        FirstDrift drift = result.recordings().get(0).cause().firstDrift().orElseThrow();
        ModelProto written = ModelProto.parseFrom(Files.readAllBytes(part.resolve("model.onnx")));
        assertThat(written.getGraph().getNodeList())
                .hasSizeLessThan(model.getGraph().getNodeCount() / 4)
                .anyMatch(node -> node.getInputList().contains(changed));
        StoredTensor found = run(part, drift.tensor());
        StoredTensor actual =
                Safetensors.read(part.resolve("actual.safetensors")).tensor(drift.tensor());
        assertThat(Drift.relativeError(Tensors.floats(found), Tensors.floats(actual)))
                .isLessThan(1e-5);
        ValueFingerprint expected = JsonFile.record(
                JsonFile.parse(part.resolve("expected.json"), JsonFile.content(part.resolve("expected.json")))
                        .get(drift.tensor()),
                ValueFingerprint.class);
        assertThat(ValueFingerprint.of(found, Tensors.floats(found)).distance(expected))
                .isGreaterThan(1e-3);
        assertThat(part.resolve("README.md")).content().contains(drift.module(), drift.tensor());
    }

    @Test
    void aValueThatIsNotFiniteIsCalledThatAndALaterPartReplacesIt() throws Exception {
        Path recording = record();
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(MODEL));
        Path faulty = Files.write(
                folder.resolve("faulty.onnx"),
                scaled(model, weight(model), Float.NaN).toByteArray());
        Path part = folder.resolve("part");

        Verification.of(faulty, recording).bisect(part).run();

        assertThat(part.resolve("README.md")).content().contains("not finite").doesNotContain("Infinity");

        Files.write(faulty, scaled(model, weight(model), 1.5f).toByteArray());
        VerificationResult again =
                Verification.of(faulty, recording).bisect(part).run();

        assertThat(again.unwritten()).isEmpty();
        assertThat(part.resolve("README.md")).content().doesNotContain("not finite");
    }

    @Test
    void aModelThatIsAsRecordedHasNoSuchPart() throws Exception {
        VerificationResult result =
                Verification.of(MODEL, record()).bisect(folder.resolve("part")).run();

        assertThat(result.passed()).isTrue();
        assertThat(result.part()).isEmpty();
        assertThat(folder.resolve("part")).doesNotExist();
    }

    @Test
    void filesOfOthersAreKept() throws Exception {
        Path part = Files.createDirectory(folder.resolve("part"));
        for (String name : List.of("README.md", "expected.json", "mine.txt")) {
            Files.writeString(part.resolve(name), "keep");
        }

        assertThatThrownBy(() -> Bisection.requirePlace(part))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("expected a new or empty folder, found files in it");
    }

    private Path record() throws Exception {
        Path bundle = Optimizer.cut(MODEL, CutOptions.DEFAULTS).write(folder.resolve("bundle"));
        try (CachedTransformer loaded = CachedTransformer.open(bundle, SessionSettings.cpu())) {
            RecordedInputs source =
                    RecordedInputs.of(Recording.read(MODEL.getParent())).first(3);
            new RecordingRun(loaded, bundle, SessionSettings.cpu(), source, ProgressListener.NONE)
                    .record(List.of(), folder.resolve("recording"), false);
        }
        return folder.resolve("recording");
    }

    /** A matrix in the second block. */
    private static int weight(ModelProto model) {
        for (int i = 0; i < model.getGraph().getInitializerCount(); i++) {
            TensorProto weight = model.getGraph().getInitializer(i);
            if (weight.getName().equals("transformer_blocks.1.attn1.to_out.0.bias")) {
                return i;
            }
        }
        throw new AssertionError("expected a weight of the second block");
    }

    private static ModelProto scaled(ModelProto model, int index, float factor) {
        byte[] bytes = model.getGraph().getInitializer(index).getRawData().toByteArray();
        ByteBuffer values = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < bytes.length; i += Float.BYTES) {
            values.putFloat(i, factor * values.getFloat(i));
        }
        ModelProto.Builder faulty = model.toBuilder();
        faulty.getGraphBuilder().getInitializerBuilder(index).setRawData(ByteString.copyFrom(bytes));
        return faulty.build();
    }

    private static StoredTensor run(Path part, String output) throws Exception {
        Safetensors stored = Safetensors.read(part.resolve("inputs.safetensors"));
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (String name : stored.names()) {
            inputs.put(name, NativeTensors.toNative(stored.tensor(name)));
        }
        try (OrtSession session = OrtEnvironment.getEnvironment()
                        .createSession(part.resolve("model.onnx").toString());
                OrtSession.Result result = session.run(inputs)) {
            return NativeTensors.fromNative((OnnxTensor) result.get(output).orElseThrow());
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }
}
