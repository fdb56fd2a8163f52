package dev.reprise.cli.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.demo.DemoModels;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class OptimizeIT {
    private static final Path MODEL = TestModels.golden("dit").resolve("torchscript.onnx");

    /** Trained, and with layers that are large enough. */
    private static final Path DIGITS = DemoModels.digits().resolve("torchscript.onnx");

    @TempDir
    private Path folder;

    @Test
    void writesABundleAndShowsBeforeAndAfter() {
        Path bundle = folder.resolve("deep/dit.bundle");

        CommandLineRun run = CommandLineRun.of("optimize", MODEL, "-o", bundle);

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.out()).contains("BEFORE", "AFTER", "model files", "Wrote " + bundle);
        assertThat(bundle.resolve("manifest.json")).isRegularFile();
    }

    @Test
    void aDryRunWritesNothing() throws IOException {
        CommandLineRun run = CommandLineRun.of("optimize", MODEL, "-o", folder.resolve("b"), "--dry-run");

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.out()).contains("Would write");
        try (var entries = Files.list(folder)) {
            assertThat(entries).isEmpty();
        }
    }

    @Test
    void aPackedBundleNeedsNoOriginal() throws IOException {
        Path copy = Files.copy(MODEL, folder.resolve("copy.onnx"));
        Path bundle = folder.resolve("packed");
        JsonNode json = CommandLineRun.of("optimize", copy, "-o", bundle, "--pack-weights", "--format", "json")
                .json();
        Files.delete(copy);

        assertThat(json.path("bundle_bytes").asLong()).isPositive();
        assertThat(CommandLineRun.of("verify", bundle, "--recording", TestModels.golden("dit"), "--policy", "none")
                        .exitCode())
                .isEqualTo(ExitCode.OK);
    }

    @Test
    void cutsAtAModuleThatTheUserNames() {
        Path bundle = folder.resolve("named");
        CommandLineRun.of("optimize", MODEL, "-o", bundle, "--module", "transformer_blocks\\.\\d+\\.ff\\.net\\.0");

        assertThat(CommandLineRun.of("inspect", bundle, "--all").out()).contains("transformer_blocks.3.ff.net.0");
    }

    @Test
    void needsSomewhereToWrite() {
        CommandLineRun run = CommandLineRun.of("optimize", MODEL);

        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.errorLines())
                .containsExactly("reprise optimize: expected an output folder (-o BUNDLE) or --dry-run");
    }

    /** As an empty mount point or a link to one: the folder stays what it is. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void fillsAnEmptyFolderBehindALink() throws IOException {
        Path real = Files.createDirectory(folder.resolve("real"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);

        assertThat(CommandLineRun.of("optimize", MODEL, "-o", link).exitCode()).isEqualTo(ExitCode.OK);

        assertThat(link).isSymbolicLink();
        assertThat(CommandLineRun.of("inspect", link).exitCode()).isEqualTo(ExitCode.OK);
        assertThat(CommandLineRun.of("inspect", real).exitCode()).isEqualTo(ExitCode.OK);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void writesAFolderWithALongName() {
        Path bundle = folder.resolve("b".repeat(250));

        assertThat(CommandLineRun.of("optimize", MODEL, "-o", bundle).exitCode())
                .isEqualTo(ExitCode.OK);
        assertThat(CommandLineRun.of("inspect", bundle).exitCode()).isEqualTo(ExitCode.OK);
    }

    @Test
    void quantizesWhatStaysWithinTheErrorThatIsAllowed() {
        Path bundle = folder.resolve("int8");
        JsonNode written = quantized(bundle, "0.02");
        assertThat(written.path("segments").asInt())
                .isPositive()
                .isLessThanOrEqualTo(written.path("candidates").asInt());
        assertThat(written.path("error").asDouble()).isPositive().isLessThanOrEqualTo(0.02);
        assertThat(CommandLineRun.of("inspect", bundle, "--format", "json")
                        .json()
                        .path("quantization"))
                .isEqualTo(written);
        Path recording = folder.resolve("recording");
        CommandLineRun.of("record", bundle, "--random", "1", "--steps", "3", "-o", recording);

        JsonNode asWritten = CommandLineRun.of("verify", bundle, "--recording", recording, "--format", "json")
                .json();
        assertThat(asWritten.findPath("verdict").asText()).isEqualTo("same_bits");
        String allowed = Double.toString(written.path("error").asDouble() * 1.001);
        CommandLineRun int8 = verify(bundle, recording, allowed);
        assertThat(int8.exitCode()).isEqualTo(ExitCode.OK);
        CommandLineRun less =
                verify(bundle, recording, Double.toString(written.path("error").asDouble() * 0.5));
        assertThat(less.exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(less.out()).contains("quantize_int8");
    }

    @Test
    void quantizesNothingWhereNothingStaysWithinTheErrorThatIsAllowed() {
        Path bundle = folder.resolve("int8");
        JsonNode written = quantized(bundle, "1e-7");
        assertThat(written.path("candidates").asInt()).isPositive();
        assertThat(written.path("segments").asInt()).isZero();
        assertThat(bundle.resolve("quantized")).doesNotExist();
    }

    @Test
    void quantizingNeedsAnErrorThatIsAllowed() {
        CommandLineRun run = CommandLineRun.of("optimize", DIGITS, "-o", folder.resolve("b"), "--quantize", "int8");
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("--quantize needs --max-error, above 0 and below 1");
        CommandLineRun alone = CommandLineRun.of("optimize", DIGITS, "-o", folder.resolve("b"), "--max-error", "0.1");
        assertThat(alone.exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void storesWeightsInHalfTheSize() {
        Path bundle = folder.resolve("half");
        assertThat(CommandLineRun.of("optimize", DIGITS, "-o", bundle, "--weights", "float16")
                        .exitCode())
                .isEqualTo(ExitCode.OK);
        assertThat(bundle.resolve("weights-float16.bin")).isRegularFile();
        assertThat(CommandLineRun.of("record", bundle, "--random", "1", "--steps", "2", "-o", folder.resolve("r"))
                        .exitCode())
                .isEqualTo(ExitCode.OK);
        assertThat(CommandLineRun.of(
                                "optimize",
                                DIGITS,
                                "-o",
                                folder.resolve("both"),
                                "--weights",
                                "float16",
                                "--quantize",
                                "int8",
                                "--max-error",
                                "0.1")
                        .exitCode())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void measuresWhatRewritesGainHere() {
        Path bundle = folder.resolve("measured");
        JsonNode measured = CommandLineRun.of(
                        "optimize", DIGITS, "-o", bundle, "--measure", "0.01", "--threads", "1", "--format", "json")
                .json()
                .path("measured");

        assertThat(measured.path("provider").asText()).isEqualTo("cpu");
        assertThat(measured.path("threads").asInt()).isEqualTo(1);
        assertThat(measured.path("inputs").asText()).isEqualTo("generated inputs");
        assertThat(measured.path("rewrites"))
                .isNotEmpty()
                .allSatisfy(rewrite -> assertThat(rewrite.path("kept").asBoolean())
                        .isEqualTo(rewrite.path("ratio").asDouble() <= 1));
        assertThat(CommandLineRun.of("inspect", bundle, "--format", "json")
                        .json()
                        .path("measured"))
                .isEqualTo(measured);
        CommandLineRun text = CommandLineRun.of("optimize", DIGITS, "--dry-run", "--measure", "0.01");
        assertThat(text.out()).contains("REWRITE", "measured on cpu with generated inputs");
    }

    @Test
    void refusesToMeasureNothing() {
        assertThat(CommandLineRun.of("optimize", MODEL, "--dry-run", "--measure", "0")
                        .errorLines())
                .containsExactly("reprise optimize: --measure must be above 0 seconds, was 0.0");
        assertThat(CommandLineRun.of("optimize", MODEL, "--dry-run", "--measure", "1", "--no-rewrites")
                        .exitCode())
                .isEqualTo(ExitCode.USAGE);
        assertThat(CommandLineRun.of("optimize", MODEL, "--dry-run", "--threads", "1")
                        .exitCode())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void saysWhatWasMendedWhere() throws IOException {
        Path broken = Files.write(folder.resolve("broken.onnx"), squeezesFiveOfFive());
        Path bundle = folder.resolve("mended");

        CommandLineRun run = CommandLineRun.of("optimize", broken, "-o", bundle);

        assertThat(run.out()).contains("Mended: no_op_squeeze at node_squeeze.");
        assertThat(CommandLineRun.of("inspect", bundle).out()).contains("no_op_squeeze at node_squeeze");
        JsonNode mended =
                CommandLineRun.of("inspect", bundle, "--format", "json").json().path("mended");
        assertThat(mended).hasSize(1);
        assertThat(mended.path(0).path("node").asText()).isEqualTo("node_squeeze");
        assertThat(CommandLineRun.of("optimize", broken, "--dry-run", "--format", "json")
                        .json()
                        .path("mended"))
                .isEqualTo(mended);
        assertThat(CommandLineRun.of("optimize", MODEL, "--dry-run").out()).doesNotContain("Mended");
    }

    /** As torch's dynamo exporter writes {@code x.squeeze(1)} of five tokens. */
    private static byte[] squeezesFiveOfFive() {
        TypeProto tokens = TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder()
                        .setElemType(ElementType.FLOAT.code())
                        .setShape(TensorShapeProto.newBuilder()
                                .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(5))
                                .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(5))))
                .build();
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(18))
                .setGraph(GraphProto.newBuilder()
                        .addInput(ValueInfoProto.newBuilder().setName("x").setType(tokens))
                        .addInitializer(TensorProto.newBuilder()
                                .setName("axes")
                                .setDataType(ElementType.INT64.code())
                                .addDims(1)
                                .addInt64Data(1))
                        .addNode(NodeProto.newBuilder()
                                .setName("node_squeeze")
                                .setOpType("Squeeze")
                                .addInput("x")
                                .addInput("axes")
                                .addOutput("y"))
                        .addOutput(ValueInfoProto.newBuilder().setName("y").setType(tokens)))
                .build()
                .toByteArray();
    }

    private static CommandLineRun verify(Path bundle, Path recording, String tolerance) {
        return CommandLineRun.of(
                "verify", bundle, "--recording", recording, "--rewrites", "all", "--tolerance", tolerance);
    }

    private static JsonNode quantized(Path bundle, String maxError) {
        return CommandLineRun.of(
                        "optimize",
                        DIGITS,
                        "-o",
                        bundle,
                        "--quantize",
                        "int8",
                        "--max-error",
                        maxError,
                        "--random",
                        "1",
                        "--steps",
                        "3",
                        "--format",
                        "json")
                .json()
                .path("quantization");
    }
}
