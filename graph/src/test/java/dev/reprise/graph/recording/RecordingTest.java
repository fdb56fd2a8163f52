package dev.reprise.graph.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.json.JsonFile;
import dev.reprise.graph.recording.RecordingDescription.AttentionModule;
import dev.reprise.graph.recording.RecordingDescription.BlockList;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RecordingTest {
    @TempDir
    private Path temp;

    @Test
    void readsWhatItWrote() throws IOException {
        Path folder = write("run", 2);

        Recording read = Recording.read(folder);
        assertThat(read.description()).isEqualTo(description(2, "fbc_0.1"));
        assertThat(read.inputs(1)).containsOnlyKeys("text", "latents").containsEntry("latents", tensor(1));
        assertThat(read.output(1, Recording.UNCACHED)).isEqualTo(tensor(11));
        assertThat(read.output(1, "fbc_0.1")).isEqualTo(tensor(21));
        assertThat(read.furtherOutputs(1, Recording.UNCACHED)).isEqualTo(Map.of("audio.sample", tensor(31)));
        assertThat(read.furtherOutputs(1, "fbc_0.1")).isEmpty();
        assertThat(temp.toFile().list()).containsExactly("run");
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("recording.json", "recording.safetensors");
    }

    @Test
    void replacesARecording() throws IOException {
        Path folder = write("run", 2);
        try (RecordingWriter writer = RecordingWriter.replacing(folder)) {
            writer.output(0, Recording.UNCACHED, tensor(1));
            assertThat(Recording.read(folder).description().steps()).isEqualTo(2);
        }
        assertThat(Recording.read(folder).description().steps()).isEqualTo(2);

        try (RecordingWriter writer = RecordingWriter.replacing(folder)) {
            writer.input(0, "latents", tensor(1));
            writer.output(0, Recording.UNCACHED, tensor(2));
            writer.output(0, "pab", tensor(3));
            writer.finish(description(1, "pab"));
        }

        assertThat(Recording.read(folder).output(0, "pab")).isEqualTo(tensor(3));
        assertThat(temp.toFile().list()).containsExactly("run");
    }

    @Test
    void holdsAFingerprint() throws IOException {
        ValueFingerprint value = ValueFingerprint.of(tensor(3), new float[] {3});
        Fingerprint written = new Fingerprint(
                new ModelFingerprint(Map.of("y", "Add 1"), Map.of("w", "float 1 2")),
                List.of(new Fingerprint.StepValues(0, Map.of("y", value))));
        Path folder = temp.resolve("run");
        try (RecordingWriter writer = RecordingWriter.create(folder)) {
            writer.output(0, Recording.UNCACHED, tensor(2));
            writer.output(0, "pab", tensor(3));
            writer.fingerprint(written);
            writer.finish(description(1, "pab"));
        }

        assertThat(Recording.read(folder).fingerprint()).contains(written);
    }

    @Test
    void refusesAFingerprintOfAnotherRun() throws IOException {
        Path folder = write("run", 1);
        JsonFile.write(
                folder.resolve(Recording.FINGERPRINT),
                new Fingerprint(
                        new ModelFingerprint(Map.of(), Map.of()), List.of(new Fingerprint.StepValues(1, Map.of()))));

        assertThatThrownBy(() -> Recording.read(folder))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("fingerprint.json has step 1, but there are 1 steps");
    }

    @Test
    void numbersMoreThanHundredSteps() throws IOException {
        Recording read = Recording.read(write("long", 102));

        assertThat(read.output(101, Recording.UNCACHED)).isEqualTo(tensor(111));
        assertThatThrownBy(() -> read.inputs(102))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("step must be in [0, 102), was 102");
    }

    @Test
    void refusesFoldersWithContent() throws IOException {
        Path folder = Files.createDirectory(temp.resolve("full"));
        Files.createFile(folder.resolve("file"));

        assertThatThrownBy(() -> RecordingWriter.create(folder))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("full: expected a new or empty folder, found files in it");
    }

    @Test
    void fillsAnEmptyFolder() throws IOException {
        Files.createDirectory(temp.resolve("run"));

        assertThat(Recording.read(write("run", 1)).description().steps()).isEqualTo(1);
    }

    @Test
    void leavesNothingWhenIncomplete() throws IOException {
        try (RecordingWriter writer = RecordingWriter.create(temp.resolve("run"))) {
            writer.output(0, Recording.UNCACHED, tensor(1));
            assertThatThrownBy(() -> writer.finish(description(1, "pab")))
                    .isInstanceOf(InvalidModelException.class)
                    .hasMessageContaining("step 0 has no output of policy 'pab'");
        }

        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void namesWhatIsMissing() throws IOException {
        assertThatThrownBy(() -> Recording.read(temp))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage(temp + ": not a recording: it has no recording.json");
        Recording read = Recording.read(write("run", 1));
        assertThatThrownBy(() -> read.output(0, "pab"))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("the recording has no output of policy 'pab' at step 0");
        assertThatThrownBy(() -> read.model("tflite"))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("the recording has no model 'tflite'; it has [dynamo]");
        assertThatThrownBy(() -> read.model("dynamo"))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("file 'dynamo.onnx' is missing in ");
    }

    static Stream<Arguments> descriptionsThatDoNotFit() {
        return Stream.of(
                edit(json -> json.put("version", 3), "recording version 3 is newer than 2, which this build reads"),
                edit(json -> json.remove("timesteps"), "field 'timesteps' is missing"),
                edit(json -> json.putArray("timesteps"), "a recording needs at least one denoising step"),
                edit(json -> json.put("steps", 5), "field 'steps' is 5, but there are 1 timesteps"),
                edit(
                        json -> ((ObjectNode) json.at("/policies/pab")).putArray("skipped"),
                        "policy 'pab' must say what it skipped at each of the 1 denoising steps, found 0"),
                edit(
                        json -> ((ObjectNode) json.at("/models")).put("dynamo", "../x.onnx"),
                        "file name '../x.onnx' must be a relative path inside the folder, without '..'"),
                edit(
                        json -> ((ObjectNode) json.at("/policies")).set("pab.x", json.at("/policies/pab")),
                        "policy 'pab.x' cannot be told from an output of policy 'pab'"),
                edit(
                        json -> ((ObjectNode) json.at("/policies")).set("none", json.at("/policies/pab")),
                        "a policy cannot be called 'none'"),
                edit(
                        json -> ((ObjectNode) json.at("/attention_modules/0")).put("is_cross_attention", "no"),
                        "field 'attention_modules[0].is_cross_attention' must be true or false"));
    }

    @ParameterizedTest
    @MethodSource
    void descriptionsThatDoNotFit(Consumer<ObjectNode> edit, String message) throws IOException {
        ObjectNode json = JsonFile.mapper().valueToTree(description(1, "pab"));
        edit.accept(json);
        JsonFile.write(temp.resolve("recording.json"), json);

        assertThatThrownBy(() -> Recording.read(temp))
                .isInstanceOf(InvalidModelException.class)
                .message()
                // Where it can be told, line and column follow the file.
                .matches(found -> found.replaceFirst("recording.json:\\d+:\\d+: ", "recording.json: ")
                        .equals(temp.resolve("recording.json") + ": " + message));
    }

    @Test
    void toleratesFieldsItDoesNotKnow() throws IOException {
        Path folder = write("run", 1);
        ObjectNode json = (ObjectNode)
                JsonFile.mapper().readTree(folder.resolve("recording.json").toFile());
        json.put("comment", "x").remove("model_class");
        JsonFile.write(folder.resolve("recording.json"), json);

        assertThat(Recording.read(folder).description().modelClass()).isNull();
    }

    static Stream<Arguments> tensorsThatDoNotFit() {
        return Stream.of(
                Arguments.of(
                        List.of("x"),
                        "expected tensors called const.INPUT, step.NN.in.INPUT or step.NN.POLICY, found 'x'"),
                Arguments.of(List.of("step.01.none"), "tensor 'step.01.none' belongs to no step: there are 1"),
                Arguments.of(
                        List.of("step.00.none", "step.000.none"),
                        "tensors 'step.00.none' and 'step.000.none' are the same of step 0"),
                Arguments.of(
                        List.of("const.x", "step.00.in.x", "step.00.none", "step.00.pab"),
                        "input 'x' is both constant and given for each step"));
    }

    @ParameterizedTest
    @MethodSource
    void tensorsThatDoNotFit(List<String> names, String message) throws IOException {
        JsonFile.write(temp.resolve("recording.json"), description(1, "pab"));
        try (SafetensorsWriter writer = SafetensorsWriter.create(temp.resolve("recording.safetensors"))) {
            for (String name : names) {
                writer.add(name, tensor(1));
            }
            writer.finish();
        }

        assertThatThrownBy(() -> Recording.read(temp))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage(temp.resolve("recording.safetensors") + ": " + message);
    }

    private static Arguments edit(Consumer<ObjectNode> edit, String message) {
        return Arguments.of(edit, message);
    }

    private Path write(String name, int steps) throws IOException {
        Path folder = temp.resolve(name);
        try (RecordingWriter writer = RecordingWriter.create(folder)) {
            writer.constant("text", tensor(99));
            for (int step = 0; step < steps; step++) {
                writer.input(step, "latents", tensor(step));
                writer.output(step, Recording.UNCACHED, tensor(10 + step));
                writer.furtherOutput(step, Recording.UNCACHED, "audio.sample", tensor(30 + step));
                writer.output(step, "fbc_0.1", tensor(20 + step));
            }
            writer.finish(description(steps, "fbc_0.1"));
        }
        return folder;
    }

    private static RecordingDescription description(int steps, String policy) {
        return new RecordingDescription(
                1,
                "Model",
                "test",
                Map.of("dynamo", "dynamo.onnx"),
                Collections.nCopies(steps, 999.5),
                "latents",
                List.of(new BlockList("blocks", 2)),
                List.of(new AttentionModule("blocks.0.attn", false), new AttentionModule("blocks.1.attn", true)),
                Map.of(
                        policy,
                        new RecordedPolicy(
                                "some_policy",
                                JsonFile.mapper().createObjectNode().put("threshold", 0.1),
                                Collections.nCopies(steps, List.of("blocks.0.attn")))),
                null);
    }

    private static StoredTensor tensor(float value) {
        ByteBuffer data = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, value);
        return new StoredTensor(ElementType.FLOAT, List.of(1L), data);
    }
}
