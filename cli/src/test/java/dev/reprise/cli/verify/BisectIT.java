package dev.reprise.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.recording.Safetensors;
import dev.reprise.testdata.ChangedWeight;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.run.Tensors;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code verify --bisect}: what it writes runs in ONNX Runtime by itself, and differs as the whole model does. */
class BisectIT {
    private static final Path DIT = TestModels.golden("dit").resolve("torchscript.onnx");
    private static final String WEIGHT = "transformer_blocks.2.attn1.to_out.0.bias";

    @TempDir
    private Path folder;

    private Path recording;
    private Path part;

    @BeforeEach
    void record() {
        recording = folder.resolve("recording");
        part = folder.resolve("part");
        CommandLineRun run = CommandLineRun.of("record", DIT, "--random", 1, "--steps", 3, "-o", recording);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
    }

    @Test
    void thePartReproducesTheDifference() throws IOException, OrtException {
        Path changed = ChangedWeight.write(DIT, WEIGHT, folder.resolve("changed.onnx"));

        CommandLineRun run = CommandLineRun.of(
                "verify", changed, "--recording", recording, "-p", "none", "--bisect", part, "--format", "json");

        assertThat(run.exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(run.errorLines()).hasSize(2).first().isEqualTo("first difference written to " + part);
        String tensor = run.json().at("/cause/first_drift/tensor").asText();
        try (Stream<Path> files = Files.list(part)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "model.onnx",
                            "model.weights",
                            "inputs.safetensors",
                            "actual.safetensors",
                            "expected.json",
                            "README.md");
        }
        float[] actual = Tensors.floats(
                Safetensors.read(part.resolve("actual.safetensors")).tensor(tensor));
        float[] found = run(part, tensor);
        assertThat(distance(found, actual)).isLessThan(1e-5);
        double norm = Json.parse(Files.readString(part.resolve("expected.json")))
                .path(tensor)
                .path("norm")
                .asDouble();
        assertThat(Math.abs(norm(found) - norm) / norm).isGreaterThan(1e-4);

        // With the weight as it was, the same part computes what was recorded.
        restore(part);
        assertThat(Math.abs(norm(run(part, tensor)) - norm) / norm).isLessThan(1e-5);
    }

    @Test
    void aModelThatIsAsRecordedHasNoSuchPart() {
        CommandLineRun run = CommandLineRun.of("verify", DIT, "--recording", recording, "--bisect", part);

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.errorLines()).singleElement().asString().startsWith("no part written to " + part);
        assertThat(part).doesNotExist();
    }

    @Test
    void aFolderThatHasSomethingIsRefusedBeforeAnythingRuns() throws IOException {
        Files.writeString(Files.createDirectory(part).resolve("mine.txt"), "keep");

        CommandLineRun run = CommandLineRun.of("verify", DIT, "--recording", recording, "--bisect", part);

        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.errorLines()).singleElement().asString().contains("part", "new or empty folder");
        assertThat(run.out()).isEmpty();
    }

    /** Small weights stand in the model itself. */
    private static void restore(Path part) throws IOException {
        ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(part.resolve("model.onnx"))).toBuilder();
        int index = index(model.build());
        ModelProto original = ModelProto.parseFrom(Files.readAllBytes(DIT));
        model.getGraphBuilder()
                .getInitializerBuilder(index)
                .setRawData(original.getGraph().getInitializer(index(original)).getRawData());
        Files.write(part.resolve("model.onnx"), model.build().toByteArray());
    }

    private static int index(ModelProto model) {
        for (int i = 0; i < model.getGraph().getInitializerCount(); i++) {
            if (model.getGraph().getInitializer(i).getName().equals(WEIGHT)) {
                return i;
            }
        }
        throw new AssertionError("expected " + WEIGHT + " among the initializers");
    }

    /** In a plain session: ONNX Runtime checks the model and its weights. */
    private static float[] run(Path part, String output) throws IOException, OrtException {
        Safetensors stored = Safetensors.read(part.resolve("inputs.safetensors"));
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (String name : stored.names()) {
            inputs.put(name, Tensors.toNative(stored.tensor(name)));
        }
        try (OrtSession session = OrtEnvironment.getEnvironment()
                        .createSession(part.resolve("model.onnx").toString());
                OrtSession.Result result = session.run(inputs)) {
            return Tensors.floats(
                    Tensors.fromNative((OnnxTensor) result.get(output).orElseThrow()));
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static double norm(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum);
    }

    private static double distance(float[] a, float[] b) {
        assertThat(a).hasSameSizeAs(b);
        float[] difference = new float[a.length];
        for (int i = 0; i < a.length; i++) {
            difference[i] = a[i] - b[i];
        }
        return norm(difference) / norm(b);
    }
}
