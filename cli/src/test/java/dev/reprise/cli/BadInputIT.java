package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.recording.Safetensors;
import dev.reprise.graph.recording.SafetensorsWriter;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of bad input: the right exit code, one line that names the thing, nothing half-written. */
class BadInputIT {
    private static final Path GOLDEN = TestModels.golden("pixart");

    @TempDir
    private Path folder;

    private Path model;
    private Path output;

    @BeforeEach
    void copyModel() throws IOException {
        model = Files.copy(GOLDEN.resolve("torchscript.onnx"), folder.resolve("model.onnx"));
        output = folder.resolve("output");
    }

    @Test
    void truncatedFile() throws IOException {
        for (double part : new double[] {0.1, 0.5, 0.99}) {
            byte[] whole = Files.readAllBytes(GOLDEN.resolve("torchscript.onnx"));
            Files.write(model, Arrays.copyOf(whole, (int) (whole.length * part)));

            refused(ExitCode.INVALID, List.of("model.onnx"), "optimize", model, "-o", output);
        }
    }

    @Test
    void notOnnx() throws IOException {
        Files.writeString(model, "PK not a model at all, but text");
        refused(ExitCode.INVALID, List.of("model.onnx"), "optimize", model, "-o", output);
        Files.write(model, new byte[0]);
        refused(ExitCode.INVALID, List.of("model.onnx", "empty"), "inspect", model);
        refused(ExitCode.INVALID, List.of("nowhere.onnx"), "inspect", folder.resolve("nowhere.onnx"));
        refused(ExitCode.INVALID, List.of("nowhere"), "verify", folder.resolve("nowhere"), "--recording", GOLDEN);
    }

    @Test
    void whatStandsBesideARecordingIsWrong() throws IOException {
        Path recording = folder.resolve("recording");
        CommandLineRun made = CommandLineRun.of(
                "record", model, "--inputs", GOLDEN, "--steps", 2, "-p", "output_forecast", "-o", recording);
        assertThat(made.exitCode()).as(made.err()).isEqualTo(ExitCode.OK);

        Files.writeString(recording.resolve("reprise.yml"), "policies: [");
        refused(ExitCode.INVALID, List.of("reprise.yml", "not valid YAML"), "verify", model, "--recording", recording);
        Files.writeString(recording.resolve("reprise.yml"), "policies: {fbc: {min_psnr: 3}}");
        refused(ExitCode.INVALID, List.of("reprise.yml", "[fbc]"), "verify", model, "--recording", recording);
        for (String contradiction : List.of(
                "policies: {output_forecast: {max_computed: 0.1, max_computed: 0.9}}",
                "all: {max_error: 0.1}\nall: {max_error: 0.9}\n",
                "all: {max_error: 0.1}\n---\nall: {max_error: 0.9}\n",
                "all: {max_error: null}",
                "all:\n\tmax_error: 1\n")) {
            Files.writeString(recording.resolve("reprise.yml"), contradiction);
            refused(ExitCode.INVALID, List.of("reprise.yml: "), "verify", model, "--recording", recording);
        }
        Files.writeString(recording.resolve("reprise.yml"), "all: {max_error: 0.1}");
        Files.writeString(recording.resolve("reprise.json"), "{\"all\": {\"max_error\": 0.9}}");
        refused(ExitCode.INVALID, List.of("expected one of", "found both"), "verify", model, "--recording", recording);
        Files.delete(recording.resolve("reprise.yml"));
        Files.writeString(recording.resolve("reprise.json"), "{\"all\": {");
        refused(ExitCode.INVALID, List.of("reprise.json", "not valid JSON"), "verify", model, "--recording", recording);
        Files.delete(recording.resolve("reprise.json"));
        refused(
                ExitCode.USAGE,
                List.of("--min-psnr must be in [0, 300], was -3.0"),
                "verify",
                model,
                "--recording",
                recording,
                "--min-psnr=-3");

        Files.writeString(recording.resolve("fingerprint.json"), "{\"model\": 1}");
        refused(ExitCode.INVALID, List.of("fingerprint.json", "model"), "verify", model, "--recording", recording);
    }

    @Test
    void aRecordingOfAnotherModel() {
        for (String other : TestModels.architectures()) {
            if (!other.equals("pixart")) {
                Path recording = TestModels.golden(other);
                refused(
                        ExitCode.INVALID,
                        List.of("the recording " + recording + " does not fit " + model + ": input '"),
                        "verify",
                        model,
                        "--recording",
                        recording);
            }
        }
    }

    @Test
    void aRecordingWithoutOneOfItsTensors() throws IOException {
        Safetensors whole = Safetensors.read(GOLDEN.resolve("recording.safetensors"));
        Path recording = Files.createDirectory(folder.resolve("recording"));
        Files.copy(GOLDEN.resolve("recording.json"), recording.resolve("recording.json"));
        List<String> missing = List.of(
                "const.encoder_hidden_states",
                "step.01.in.hidden_states",
                "step.00.in.timestep",
                "step.02.none",
                "step.01.fbc");
        assertThat(whole.names()).containsAll(missing);
        for (String tensor : missing) {
            try (SafetensorsWriter writer = SafetensorsWriter.create(recording.resolve("recording.safetensors"))) {
                for (String name : whole.names()) {
                    if (!name.equals(tensor)) {
                        writer.add(name, whole.tensor(name));
                    }
                }
                writer.finish();
            }
            List<String> named = tensor.startsWith("const.") || tensor.contains(".in.")
                    ? List.of("recording", tensor.substring(tensor.lastIndexOf('.') + 1))
                    : List.of(
                            "recording.safetensors: step " + Integer.parseInt(tensor.substring(5, 7)),
                            "no output of policy '" + tensor.substring(8) + "'");
            refused(ExitCode.INVALID, named, "verify", model, "--recording", recording);
        }
    }

    /** One that no input has would change nothing without a word. */
    @Test
    void dimensionOfABundleThatItDoesNotHave() throws IOException {
        Files.copy(GOLDEN.resolve("torchscript_dynamic.onnx"), model, StandardCopyOption.REPLACE_EXISTING);
        Path bundle = bundle();
        List<String> named = List.of("no dynamic dimension 'batc'; it has [batch]; did you mean 'batch'?");
        refused(ExitCode.INVALID, named, "record", bundle, "--random", 1, "--dim", "batc=2", "-o", output);
        refused(ExitCode.INVALID, named, "bench", bundle, "--random", 1, "--no-memory", "--dim", "batc=2");
    }

    /** Its sizes are counted, and inputs that are given have theirs. */
    @Test
    void dimensionOfABundleThatWouldChangeNothing() throws IOException {
        Path bundle = bundle();
        List<String> named = List.of("--dim needs a model file, found the bundle " + bundle);
        refused(ExitCode.USAGE, named, "verify", bundle, "--recording", GOLDEN, "--dim", "batch=2");
        refused(ExitCode.USAGE, named, "bench", bundle, "--inputs", GOLDEN, "--no-memory", "--dim", "batch=2");
        refused(ExitCode.USAGE, named, "inspect", bundle, "--dim", "batch=2");
        refused(ExitCode.USAGE, List.of("--dim must be NAME=VALUE, was 'batch'"), "inspect", model, "--dim", "batch");
    }

    @Test
    void weightsMissing() throws IOException {
        Path bundle = bundle();
        Files.delete(model);

        refused(ExitCode.INVALID, List.of("model.onnx"), "verify", bundle, "--recording", GOLDEN);
        refused(ExitCode.INVALID, List.of("model.onnx"), "inspect", bundle);
    }

    @Test
    void weightsChangedSinceOptimize() throws IOException {
        Path bundle = bundle();
        try (RandomAccessFile file = new RandomAccessFile(model.toFile(), "rw")) {
            file.seek(file.length() / 2);
            int before = file.read();
            file.seek(file.length() / 2);
            file.write(before ^ 1);
        }
        Files.setLastModifiedTime(model, FileTime.fromMillis(System.currentTimeMillis() + 5000));

        refused(ExitCode.INVALID, List.of("model.onnx", "changed"), "verify", bundle, "--recording", GOLDEN);
    }

    /** Both would make the process read a file that is no weight file of the bundle. */
    @Test
    void weightsWhereABundleMustNotHaveThem() throws IOException {
        Path bundle = bundle();
        ObjectNode json = (ObjectNode) Json.parse(Files.readString(bundle.resolve("manifest.json")));
        String directory = json.at("/weights/directory").asText();
        ((ObjectNode) json.get("weights")).put("directory", folder.toRealPath().toString());
        Files.writeString(bundle.resolve("manifest.json"), Json.pretty(json));
        refused(ExitCode.INVALID, List.of("directory must be"), "inspect", bundle);
        refused(ExitCode.INVALID, List.of("directory must be"), "verify", bundle, "--recording", GOLDEN);

        ((ObjectNode) json.get("weights")).put("directory", directory);
        Files.writeString(bundle.resolve("manifest.json"), Json.pretty(json));
        Files.copy(model, folder.resolve("secret.onnx"));
        for (JsonNode segment : json.get("segments")) {
            Path file = bundle.resolve(segment.get("file").asText());
            Files.write(file, readFrom(file, "secret.onnx"));
        }
        refused(ExitCode.INVALID, List.of("'secret.onnx' is not among the weight files"), "inspect", bundle);
        refused(
                ExitCode.INVALID,
                List.of("'secret.onnx' is not among the weight files"),
                "verify",
                bundle,
                "--recording",
                GOLDEN);
    }

    /** A segment whose weights are read from another file. */
    private static byte[] readFrom(Path segment, String file) throws IOException {
        ModelProto.Builder proto = ModelProto.parseFrom(Files.readAllBytes(segment)).toBuilder();
        proto.getGraphBuilder().getInitializerBuilderList().stream()
                .flatMap(tensor -> tensor.getExternalDataBuilderList().stream())
                .filter(entry -> entry.getKey().equals("location"))
                .forEach(entry -> entry.setValue(file));
        return proto.build().toByteArray();
    }

    @Test
    void modelWithoutOutputs() throws IOException {
        ModelProto.Builder proto = ModelProto.parseFrom(Files.readAllBytes(model)).toBuilder();
        proto.getGraphBuilder().clearOutput();
        Files.write(model, proto.build().toByteArray());

        refused(ExitCode.INVALID, List.of("model.onnx", "no outputs"), "optimize", model, "-o", output);
        refused(ExitCode.INVALID, List.of("model.onnx", "no outputs"), "inspect", model);
    }

    @Test
    void namesThatAreTooLong() throws IOException {
        ModelProto.Builder proto = ModelProto.parseFrom(Files.readAllBytes(model)).toBuilder();
        proto.addOpsetImport(
                OperatorSetIdProto.newBuilder().setDomain("d".repeat(65_536)).setVersion(1));
        Files.write(model, proto.build().toByteArray());

        refused(ExitCode.INVALID, List.of("manifest.json", "Name length (65536)"), "optimize", model, "-o", output);
    }

    @Test
    void parameterGivenTwice() {
        refused(
                ExitCode.USAGE,
                List.of("Duplicate field 'threshold'"),
                "bench",
                model,
                "-p",
                "fbc={\"threshold\":0.1,\"threshold\":0.2}");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void outputThatCannotBeMade() throws IOException {
        refused(ExitCode.FAILED, List.of("nnnn"), "optimize", model, "-o", folder.resolve("n".repeat(256)));
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nowhere"));
        refused(ExitCode.USAGE, List.of("a link to nothing"), "optimize", model, "-o", link);
        assertThat(link).isSymbolicLink();
    }

    @Test
    void manifestOfANewerVersion() throws IOException {
        Path bundle = bundle();
        Path manifest = bundle.resolve("manifest.json");
        ObjectNode json = (ObjectNode) Json.parse(Files.readString(manifest));
        Files.writeString(manifest, Json.pretty(json.put("version", 99)));

        refused(ExitCode.INVALID, List.of("version 99", "newer"), "inspect", bundle);
        refused(ExitCode.INVALID, List.of("version 99", "newer"), "bench", bundle);
    }

    @Test
    void identifiersThatMatchNothing() {
        refused(
                ExitCode.INVALID,
                List.of("nothing_like_this", "nearest"),
                "optimize",
                model,
                "-o",
                output,
                "--module",
                "nothing_like_this");
        refused(ExitCode.USAGE, List.of("--module", "["), "optimize", model, "-o", output, "--module", "[");
        refused(
                ExitCode.INVALID,
                List.of("nothing_like_this"),
                "bench",
                model,
                "--no-memory",
                "-p",
                "pab={\"spatial_attention_block_skip_range\":2,"
                        + "\"spatial_attention_block_identifiers\":[\"nothing_like_this\"]}");
    }

    @Test
    void anotherCutOfABundle() throws IOException {
        Path bundle = bundle();

        for (List<Object> command : List.<List<Object>>of(
                List.of("inspect", bundle, "--module", ".*attn1"),
                List.of("bench", bundle, "--block-list", "blocks"),
                List.of("bench", bundle, "--timestep", "t"))) {
            refused(ExitCode.USAGE, List.of("model file", "cut already"), command.toArray());
        }
    }

    @Test
    void outputInAFolderThatDoesNotExist() {
        Path file = folder.resolve("nowhere/out.json");

        refused(ExitCode.USAGE, List.of("nowhere"), "calibrate", model, "--random", 1, "-o", file);
        refused(ExitCode.USAGE, List.of("nowhere"), "freeze", model, "--random", 1, "-p", "fbc", "-o", file);
    }

    @Test
    void twoInputsWhereOneIsExpected() {
        refused(
                ExitCode.USAGE,
                List.of("expected one --inputs, found 2"),
                "bench",
                model,
                "--no-memory",
                "--inputs",
                GOLDEN,
                "--inputs",
                GOLDEN);
        refused(ExitCode.USAGE, List.of("both"), "bench", model, "--no-memory", "--inputs", GOLDEN, "--random", 1);
    }

    @Test
    void unknownPolicyParameterOrValue() {
        refused(ExitCode.USAGE, List.of("unknown policy 'fbcc'", "fbc"), "bench", model, "-p", "fbcc");
        refused(
                ExitCode.USAGE,
                List.of("no parameter 'treshold'", "threshold"),
                "record",
                model,
                "--random",
                1,
                "-o",
                output,
                "-p",
                "fbc",
                "--set",
                "treshold=1");
        refused(
                ExitCode.USAGE,
                List.of("retention_ratio", "1.5"),
                "record",
                model,
                "--random",
                1,
                "-o",
                output,
                "-p",
                "magcache",
                "--set",
                "retention_ratio=1.5");
        refused(ExitCode.USAGE, List.of("threshold", "\"x\""), "bench", model, "-p", "fbc", "--set", "threshold=x");
        refused(ExitCode.USAGE, List.of("'nix'", "fbc"), "verify", model, "--recording", GOLDEN, "-p", "nix");
    }

    @Test
    void valuesOutOfRange() {
        refused(ExitCode.USAGE, List.of("--tolerance", "-1"), "verify", model, "--recording", GOLDEN, "--tolerance=-1");
        refused(ExitCode.USAGE, List.of("--steps", "0"), "record", model, "--random", 1, "--steps", 0, "-o", output);
        refused(ExitCode.USAGE, List.of("--rounds", "0"), "demo", "--rounds", 0, "-o", output);
        refused(ExitCode.USAGE, List.of("--dim batch", "-2"), "inspect", model, "--dim", "batch=-2");
        refused(ExitCode.INVALID, List.of("no dynamic dimension 'nix'"), "inspect", model, "--dim", "nix=2");
        refused(ExitCode.USAGE, List.of("--timestep", "t=0"), "inspect", model, "--timestep", "t=0");
        refused(ExitCode.INVALID, List.of("no input 'nix' to be the timestep"), "inspect", model, "--timestep", "nix");
        refused(
                ExitCode.USAGE,
                List.of("--target-speedup", "0.5"),
                "calibrate",
                folder,
                "--random",
                1,
                "--target-speedup",
                0.5);
    }

    @Test
    void missingInput() throws IOException {
        Path inputs = inputs("hidden_states", 4, 4, 8, 8);

        refused(ExitCode.INVALID, List.of("encoder_hidden_states"), "record", model, "--inputs", inputs, "-o", output);
    }

    @Test
    void wrongShape() {
        refused(
                ExitCode.INVALID,
                List.of("hidden_states"),
                "record",
                model,
                "--inputs",
                TestModels.golden("flux"),
                "-o",
                output);
    }

    @Test
    void recordingDamaged() throws IOException {
        Path recording = folder.resolve("damaged");
        Files.createDirectory(recording);
        refused(ExitCode.INVALID, List.of("recording.json"), "verify", model, "--recording", recording);
        Files.writeString(recording.resolve("recording.json"), "{\"version\": 1");
        refused(ExitCode.INVALID, List.of("recording.json"), "verify", model, "--recording", recording);
        Files.copy(
                GOLDEN.resolve("recording.json"),
                recording.resolve("recording.json"),
                StandardCopyOption.REPLACE_EXISTING);
        refused(ExitCode.INVALID, List.of("recording.safetensors"), "verify", model, "--recording", recording);
        byte[] whole = Files.readAllBytes(GOLDEN.resolve("recording.safetensors"));
        Files.write(recording.resolve("recording.safetensors"), Arrays.copyOf(whole, whole.length - 1000));
        refused(ExitCode.INVALID, List.of("recording.safetensors"), "verify", model, "--recording", recording);
    }

    @Test
    void outputNotEmpty() throws IOException {
        Files.createDirectory(output);
        Path mine = Files.writeString(output.resolve("mine.txt"), "keep");

        for (List<Object> command : List.<List<Object>>of(
                List.of("optimize", model, "-o", output), List.of("record", model, "--random", 1, "-o", output))) {
            CommandLineRun run = CommandLineRun.of(command.toArray());
            assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
            assertThat(run.errorLines()).singleElement().asString().contains("output", "new or empty folder");
        }
        assertThat(mine).hasContent("keep");
        try (var entries = Files.list(output)) {
            assertThat(entries).containsExactly(mine);
        }
    }

    private Path bundle() {
        Path bundle = folder.resolve("bundle");
        assertThat(CommandLineRun.of("optimize", model, "-o", bundle).exitCode())
                .isEqualTo(ExitCode.OK);
        return bundle;
    }

    /** A file with one step of one input. */
    private Path inputs(String input, long... shape) throws IOException {
        long elements = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        Path file = folder.resolve("inputs.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(file)) {
            writer.add(
                    "step.00.in." + input,
                    new StoredTensor(
                            ElementType.FLOAT,
                            Arrays.stream(shape).boxed().toList(),
                            ByteBuffer.allocate((int) elements * Float.BYTES)));
            writer.finish();
        }
        return file;
    }

    private void refused(int exitCode, List<String> named, Object... arguments) {
        CommandLineRun run = CommandLineRun.of(arguments);

        assertThat(run.errorLines())
                .as(Arrays.toString(arguments))
                .singleElement()
                .asString()
                .contains(named)
                .doesNotContain("Exception", "internal error");
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.out()).isEmpty();
        assertThat(output).doesNotExist();
        try (var entries = Files.list(folder)) {
            assertThat(entries.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("."));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
