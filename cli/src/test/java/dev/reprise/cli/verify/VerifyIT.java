package dev.reprise.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.testdata.ChangedWeight;
import dev.reprise.testdata.ForkedJvm;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VerifyIT {
    private static final Path DIT = TestModels.golden("dit").resolve("torchscript.onnx");

    static List<Path> goldenModels() {
        return TestModels.goldenModels();
    }

    /** Every policy of the reference implementation on every export; FasterCache halves the batch, so it needs a dynamic one. */
    @ParameterizedTest
    @MethodSource("goldenModels")
    void replaysEveryPolicyOfTheReference(Path model) {
        JsonNode json = CommandLineRun.of("verify", model, "--recording", model.getParent(), "--format", "json")
                .json();

        boolean dynamic = model.toString().contains("dynamic");
        assertThat(json.path("policies")).hasSizeGreaterThan(3).allSatisfy(policy -> {
            boolean halvesTheBatch = policy.at("/configuration/policy").asText().equals("faster_cache");
            assertThat(policy.path("status").asText())
                    .as(policy.toString())
                    .isEqualTo(halvesTheBatch && !dynamic ? "unsupported" : "passed");
        });
    }

    static List<Path> foreignModels() {
        return TestModels.foreignModels();
    }

    /** Every policy that was recorded as a plain formula on models of other code bases. */
    @ParameterizedTest
    @MethodSource("foreignModels")
    void replaysThePlainFormulasOnModelsOfOtherCodeBases(Path model) {
        JsonNode json = CommandLineRun.of("verify", model, "--recording", model.getParent(), "--format", "json")
                .json();

        assertThat(json.path("policies"))
                .hasSize(4)
                .allSatisfy(policy -> assertThat(policy.path("status").asText())
                        .as(policy.toString())
                        .isEqualTo("passed"));
    }

    static List<Path> unets() {
        // float16 differs by its rounding.
        return TestModels.unetModels().stream()
                .filter(model -> !model.getParent().endsWith("optimum"))
                .toList();
    }

    /** DeepCache's own helper, diffusers' hooks on attention, and modules that keep their outputs by a rule. */
    @ParameterizedTest
    @MethodSource("unets")
    void replaysCachesOfUNets(Path model) {
        JsonNode json = CommandLineRun.of(
                        "verify", model, "--recording", model.getParent(), "--tolerance", "1e-5", "--format", "json")
                .json();

        assertThat(json.path("policies"))
                .hasSizeGreaterThan(6)
                .anySatisfy(policy ->
                        assertThat(policy.at("/configuration/policy").asText()).isEqualTo("deep_cache"))
                .allSatisfy(policy -> assertThat(policy.path("status").asText())
                        .as(policy.toString())
                        .isEqualTo("passed"));
    }

    /** The files of optimum: float16, dynamic axes, weights in {@code model.onnx_data}. */
    @Test
    void replaysAFloat16UNetOfOptimumWithinItsRounding() {
        Path folder = TestModels.unet("optimum");
        CommandLineRun run =
                CommandLineRun.of("verify", folder.resolve("model.onnx"), "--recording", folder, "--tolerance", "5e-3");

        assertThat(run.exitCode()).as(run.out()).isEqualTo(ExitCode.OK);
    }

    static List<Path> publishedModels() {
        return TestModels.publishedModels();
    }

    /** What the public code of cache methods computed: decisions are the same, outputs to 1e-5. */
    @ParameterizedTest
    @MethodSource("publishedModels")
    void replaysThePublicCodeOfOtherMethods(Path model) {
        JsonNode json = CommandLineRun.of("verify", model, "--recording", model.getParent(), "--format", "json")
                .json();

        assertThat(json.path("policies")).isNotEmpty().allSatisfy(policy -> {
            assertThat(policy.path("status").asText()).as(policy.toString()).isEqualTo("passed");
            assertThat(policy.path("relative_error").asDouble(1))
                    .as(policy.toString())
                    .isLessThan(1e-5);
        });
    }

    /** The hooks of diffusers add control hints twice on reuse, so a recording of the plain formula is none of theirs. */
    @Test
    void controlHintsAreAddedTwiceInRecordingsOfDiffusers(@TempDir Path temp) throws IOException {
        Path folder = TestModels.foreign("control");
        for (String file : List.of("torchscript.onnx", "recording.safetensors")) {
            Files.copy(folder.resolve(file), temp.resolve(file));
        }
        ObjectNode recording = (ObjectNode) Json.parse(Files.readString(folder.resolve("recording.json")));
        Files.writeString(
                temp.resolve("recording.json"),
                recording.put("reference", "diffusers 0.40").toString());

        CommandLineRun run =
                CommandLineRun.of("verify", temp.resolve("torchscript.onnx"), "--recording", temp, "--policy", "fbc");

        assertThat(run.exitCode()).isEqualTo(ExitCode.REGRESSION);
    }

    @Test
    void printsALinePerPolicy() {
        CommandLineRun run = CommandLineRun.of("verify", DIT, "--recording", TestModels.golden("dit"));

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines().skip(1))
                .hasSize(7)
                .allMatch(line -> line.contains("WITHIN") || line.contains("SAME-BITS"));
    }

    @Test
    void namesOneByItsNameOrKind() {
        for (String name : List.of("fbc", "first_block_cache")) {
            JsonNode json = CommandLineRun.of(
                            "verify", DIT, "--recording", TestModels.golden("dit"), "-p", name, "--format", "json")
                    .json();

            assertThat(json.path("policies")).hasSize(1);
            assertThat(json.path("policies").get(0).path("name").asText()).isEqualTo("fbc");
        }
    }

    @Test
    void anUnsupportedPolicyThatWasNamedDoesNotPass() {
        Path model = TestModels.golden("pixart").resolve("torchscript.onnx");

        CommandLineRun run =
                CommandLineRun.of("verify", model, "--recording", model.getParent(), "--policy", "fastercache_BCHW");

        assertThat(run.exitCode()).isEqualTo(ExitCode.INVALID);
        assertThat(run.errorLines()).singleElement().asString().contains("unsupported", "batch");
    }

    @Test
    void driftIsARegression() {
        CommandLineRun run = CommandLineRun.of(
                "verify", DIT, "--recording", TestModels.golden("dit"), "--policy", "pab", "--tolerance", "1e-12");

        assertThat(run.exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(run.errorLines()).containsExactly("reprise verify: 1 of 1 replays differ from the recording: pab");
    }

    @Test
    void anotherDecisionIsARegression(@TempDir Path folder) throws IOException {
        Files.copy(TestModels.golden("dit").resolve("recording.safetensors"), folder.resolve("recording.safetensors"));
        ObjectNode json = (ObjectNode)
                Json.parse(Files.readString(TestModels.golden("dit").resolve("recording.json")));
        ((ArrayNode) json.at("/policies/pab/skipped/1")).add("transformer_blocks.2.attn1");
        ((ArrayNode) json.at("/policies/pab/skipped/3")).remove(0);
        Files.writeString(folder.resolve("recording.json"), Json.pretty(json));

        CommandLineRun run =
                CommandLineRun.of("verify", DIT, "--recording", folder, "--policy", "pab", "--format", "json");

        assertThat(run.exitCode()).isEqualTo(ExitCode.REGRESSION);
        JsonNode policy = run.json().path("policies").get(0);
        assertThat(policy.path("mismatched_decisions").asInt()).isEqualTo(2);
        assertThat(policy.path("mismatches").toString())
                .contains("step 1: transformer_blocks.2.attn1 ran, recorded as skipped", "step 3: ");
    }

    @Test
    void theSameModelHasTheSameBits(@TempDir Path folder) {
        Path recording = record(folder.resolve("recording"));

        CommandLineRun run = CommandLineRun.of("verify", DIT, "--recording", recording, "--format", "json");

        assertThat(run.json().path("policies")).hasSize(2).allSatisfy(policy -> {
            assertThat(policy.path("verdict").asText()).isEqualTo("same_bits");
            assertThat(policy.path("step_errors")).hasSize(6);
        });
        assertThat(run.json().at("/cause/kind").asText()).isEqualTo("none");
    }

    @Test
    void saysWhatChangedAndWhere(@TempDir Path folder) throws IOException {
        Path recording = record(folder.resolve("recording"));
        Path changed =
                ChangedWeight.write(DIT, "transformer_blocks.2.attn1.to_out.0.bias", folder.resolve("changed.onnx"));

        CommandLineRun run = CommandLineRun.of("verify", changed, "--recording", recording);

        assertThat(run.exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(run.out().replaceAll("\\s+", " "))
                .contains("none: left the tolerance of 1.00e-04 first at step 0")
                .contains("cause: the model has other weights: 1 weight (transformer_blocks.2.attn1.to_out.0.bias)")
                .contains("first drift: step 0, transformer_blocks.2.attn1 (");
        JsonNode json = CommandLineRun.of("verify", changed, "--recording", recording, "--format", "json")
                .json();
        assertThat(json.at("/cause/kind").asText()).isEqualTo("other_weights");
        assertThat(json.at("/cause/first_drift/module").asText()).isEqualTo("transformer_blocks.2.attn1");
        assertThat(json.at("/policies/0/verdict").asText()).isEqualTo("drift");
    }

    @Test
    void aRecordingOfFormat1SaysWhatItCan() {
        JsonNode json = CommandLineRun.of(
                        "verify",
                        DIT,
                        "--recording",
                        TestModels.golden("dit"),
                        "--tolerance",
                        1e-12,
                        "--format",
                        "json")
                .json();

        assertThat(json.at("/cause/kind").asText()).isEqualTo("unknown");
        assertThat(json.at("/cause/summary").asText()).contains("format 1", "--update");
    }

    @Test
    void budgetsAreKeptOrExceeded(@TempDir Path folder) throws IOException {
        Path recording = record(folder.resolve("recording"));
        Files.writeString(recording.resolve("reprise.yml"), "policies: {output_forecast: {max_computed: 0.9}}");

        CommandLineRun kept = CommandLineRun.of("verify", DIT, "--recording", recording, "--format", "json");
        CommandLineRun exceeded = CommandLineRun.of("verify", DIT, "--recording", recording, "--max-error", "1e-9");
        CommandLineRun slow =
                CommandLineRun.of("verify", DIT, "--recording", recording, "--min-speedup", "900", "--format", "json");
        CommandLineRun wrong = CommandLineRun.of("verify", DIT, "--recording", recording, "--max-computed", "70");
        CommandLineRun.of("record", DIT, "-o", recording, "--update");

        assertThat(kept.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(kept.json().at("/policies/1/budget/0/outcome").asText()).isEqualTo("kept");
        assertThat(kept.json().at("/policies/0/budget")).isEmpty();
        assertThat(exceeded.exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(exceeded.errorLines())
                .containsExactly("reprise verify: 1 of 2 replays exceed their budget: output_forecast");
        assertThat(exceeded.out()).contains("output_forecast: budget exceeded: error ");
        assertThat(slow.exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(slow.json().at("/policies/1/budget").toString()).contains("min_speedup", "exceeded", "speedup ");
        assertThat(wrong.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.errorLines())
                .singleElement()
                .asString()
                .contains("--max-computed must be in (0, 1], was 70.0");
        assertThat(recording.resolve("reprise.yml")).exists();
    }

    @Test
    void severalRecordingsAreOneVerdict(@TempDir Path folder) {
        Path recording = record(folder.resolve("mine"));

        CommandLineRun run = CommandLineRun.of(
                "verify",
                DIT,
                "--recording",
                recording,
                "--recording",
                TestModels.golden("dit"),
                "-p",
                "output_forecast",
                "-p",
                "pab",
                "--tolerance",
                "1e-12",
                "--format",
                "json");

        assertThat(run.exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(run.errorLines())
                .containsExactly("reprise verify: 1 of 2 replays differ from the recording: dit/pab");
        assertThat(run.json().path("verifications")).hasSize(2);
    }

    @Test
    void writesReportsOfAllKinds(@TempDir Path folder) throws Exception {
        Path recording = record(folder.resolve("recording"));
        Path reports = folder.resolve("reports");

        CommandLineRun passed = verify(recording, reports, "1e-4");
        assertThat(passed.exitCode()).as(passed.err()).isEqualTo(ExitCode.OK);
        assertThat(Files.readString(reports.resolve("verify.md"))).startsWith("## ✅ 2 replays passed");

        CommandLineRun failed = verify(TestModels.golden("dit"), reports, "1e-12");
        assertThat(failed.exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(Files.readString(reports.resolve("verify.xml")))
                .contains("<failure type=\"drift\" message=\"pab: DRIFT");
        assertThat(Files.readString(reports.resolve("verify.md"))).contains("replays failed", "❌ DRIFT");
        assertThat(Files.readString(reports.resolve("verify.html"))).contains("Error per step", "replays failed");
    }

    @Test
    void aReportThatCannotBeWrittenHidesNoVerdict(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        CommandLineRun passed = CommandLineRun.of(
                "verify", DIT, "--recording", TestModels.golden("dit"), "-p", "pab", "--junit", file.resolve("x.xml"));
        CommandLineRun failed = CommandLineRun.of(
                "verify",
                DIT,
                "--recording",
                TestModels.golden("dit"),
                "-p",
                "pab",
                "--tolerance",
                "1e-12",
                "--html",
                file.resolve("x.html"));

        assertThat(passed.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(passed.out()).contains("WITHIN");
        assertThat(passed.errorLines()).singleElement().asString().contains("x.xml is not written");
        assertThat(failed.exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(failed.out()).contains("DRIFT");
        assertThat(failed.errorLines()).hasSize(2);
        assertThat(failed.errorLines().get(0)).contains("x.html is not written");
        assertThat(failed.errorLines().get(1)).contains("1 of 1 replays differ");
    }

    /** In a process of its own: what it does depends on the environment. */
    @Test
    void annotatesInGithubActions() throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ForkedJvm.inherited());
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                "dev.reprise.cli.Main",
                "verify",
                DIT.toString(),
                "--recording",
                TestModels.golden("dit").toString(),
                "-p",
                "pab",
                "--tolerance",
                "1e-12"));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("GITHUB_ACTIONS", "true");
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);

        Process process = builder.start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isEqualTo(ExitCode.REGRESSION);
        assertThat(err.lines().filter(line -> line.startsWith("::")))
                .singleElement()
                .asString()
                .startsWith("::error title=reprise verify%3A pab DRIFT::left the tolerance");
    }

    private static CommandLineRun verify(Path recording, Path reports, String tolerance) {
        return CommandLineRun.of(
                "verify",
                DIT,
                "--recording",
                recording,
                "--tolerance",
                tolerance,
                "--junit",
                reports.resolve("verify.xml"),
                "--sarif",
                reports.resolve("verify.sarif"),
                "--markdown",
                reports.resolve("verify.md"),
                "--html",
                reports.resolve("verify.html"));
    }

    private static Path record(Path recording) {
        CommandLineRun run = CommandLineRun.of(
                "record",
                DIT,
                "--random",
                1,
                "--steps",
                6,
                "-p",
                "output_forecast",
                "--set",
                "warmup_steps=2",
                "-o",
                recording);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
        return recording;
    }

    @Test
    void aPolicyThatReusesNothingIsVacuous(@TempDir Path folder) {
        Path recording = folder.resolve("recording");
        CommandLineRun.of(
                "record", DIT, "--random", 1, "--steps", 6, "-p", "fbc", "--set", "threshold=1e-6", "-o", recording);

        CommandLineRun lenient = CommandLineRun.of("verify", DIT, "--recording", recording);
        CommandLineRun strict = CommandLineRun.of("verify", DIT, "--recording", recording, "--strict");
        JsonNode json = CommandLineRun.of("verify", DIT, "--recording", recording, "--format", "json")
                .json();

        assertThat(lenient.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(lenient.out()).contains("fbc: vacuous");
        assertThat(strict.exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(strict.errorLines()).containsExactly("reprise verify: 1 of 2 replays reused nothing: fbc");
        assertThat(json.at("/policies/0/vacuous").asBoolean()).isFalse();
        assertThat(json.at("/policies/1/vacuous").asBoolean()).isTrue();
    }

    @Test
    void aPolicyOfANewerBuildIsUnsupported(@TempDir Path folder) throws IOException {
        Files.copy(TestModels.golden("dit").resolve("recording.safetensors"), folder.resolve("recording.safetensors"));
        ObjectNode json = (ObjectNode)
                Json.parse(Files.readString(TestModels.golden("dit").resolve("recording.json")));
        ((ObjectNode) json.at("/policies/pab")).put("policy", "policy_of_tomorrow");
        Files.writeString(folder.resolve("recording.json"), Json.pretty(json));

        CommandLineRun all = CommandLineRun.of("verify", DIT, "--recording", folder);
        CommandLineRun named = CommandLineRun.of("verify", DIT, "--recording", folder, "--policy", "pab");
        CommandLineRun strict = CommandLineRun.of("verify", DIT, "--recording", folder, "--strict");

        assertThat(all.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(all.out()).contains("pab: unsupported: unknown policy 'policy_of_tomorrow'");
        assertThat(named.exitCode()).isEqualTo(ExitCode.INVALID);
        assertThat(strict.exitCode()).isEqualTo(ExitCode.INVALID);
        assertThat(strict.errorLines()).singleElement().asString().contains("pab: unsupported: unknown policy");
    }
}
