package dev.reprise.cli.tune;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.Schemas;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.demo.DemoModels;
import dev.reprise.testdata.ForkedJvm;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class TuneIT {
    private static final String SAMPLER = "{\"sampler\": \"flow_euler\", \"steps\": 10, \"clamp\": [-1, 1]}";

    @TempDir
    private Path folder;

    private Path bundle;
    private Path recording;
    private Path tuned;

    @BeforeEach
    void record() {
        bundle = folder.resolve("digits.bundle");
        recording = folder.resolve("recording");
        tuned = folder.resolve("tuned.json");
        CommandLineRun.of("optimize", DemoModels.digits().resolve("torchscript.onnx"), "-o", bundle);
        CommandLineRun run = CommandLineRun.of("record", bundle, "--random", 1, "--steps", 2, "-o", recording);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
    }

    private CommandLineRun tune(Object... more) {
        Object[] arguments = new Object[10 + more.length];
        Object[] first = {
            "tune", bundle, "--sampler", SAMPLER, "--inputs", recording, "--max-minutes", "0.15", "-o", tuned
        };
        System.arraycopy(first, 0, arguments, 0, first.length);
        System.arraycopy(more, 0, arguments, first.length, more.length);
        return CommandLineRun.of(arguments);
    }

    @Test
    void writesAPolicyThatLoadsAndRefusesOtherModels() throws IOException {
        Path page = folder.resolve("frontier.html");
        CommandLineRun run = tune("--evaluations", 4, "--images", 1, "--frontier", page);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
        assertThat(run.out()).contains("Held-out quality at evaluations 4 of 10 steps", "--policy-config");
        JsonNode json = Json.parse(Files.readString(tuned));
        Schemas.requireValid("tune", json);
        assertThat(json.at("/tuned/computed_share").doubleValue()).isLessThanOrEqualTo(0.45);
        assertThat(PolicyCatalogue.load(tuned).id())
                .isEqualTo(json.get("policy").textValue());
        assertThat(folder.resolve("tuned.json.search")).doesNotExist();
        assertThat(Files.readString(page)).contains("evaluations 4 of 10 steps", "data:image/png;base64,");
        assertThat(ImageIO.read(folder.resolve("frontier.png").toFile()).getWidth())
                .isEqualTo(900);
        if (json.get("policy").textValue().equals("combined")) {
            Path other = TestModels.golden("dit").resolve("dynamo_dynamic.onnx");
            CommandLineRun bench = CommandLineRun.of(
                    "bench",
                    other,
                    "--random",
                    1,
                    "--steps",
                    3,
                    "--no-memory",
                    "-p",
                    "combined",
                    "--policy-config",
                    tuned);
            assertThat(bench.exitCode()).isEqualTo(ExitCode.INVALID);
            assertThat(bench.err()).contains("combined was tuned for the model with hash");
        }
    }

    @Test
    void refusesBudgetsAndInputsThatDoNotFit() {
        assertRefused(ExitCode.USAGE, "expected one of --evaluations", tune());
        assertRefused(ExitCode.USAGE, "expected one of --evaluations", tune("--evaluations", 3, "--min-psnr", 30));
        assertRefused(ExitCode.USAGE, "the budget evaluations must be 1 or more", tune("--evaluations", 0));
        assertRefused(ExitCode.INVALID, "leaves less than one evaluation of 10", tune("--max-step-ms", "0.000001"));
    }

    private void assertRefused(int exitCode, String message, CommandLineRun run) {
        assertThat(run.err()).contains(message);
        assertThat(run.exitCode()).isEqualTo(exitCode);
        assertThat(tuned).doesNotExist();
    }

    /** Where the original is gone a speedup has no meaning, and other budgets say what theirs are over. */
    @Test
    void speedupsAreOverTheOriginal() {
        Path model = DemoModels.digits().resolve("torchscript.onnx");
        bundle = folder.resolve("packed");
        CommandLineRun.of("optimize", model, "-o", bundle, "--pack-weights");

        assertRefused(
                ExitCode.INVALID,
                "a speedup needs the original: the original model is no longer at ",
                tune("--target-speedup", 1.5));
        CommandLineRun cut = tune("--evaluations", 4, "--images", 1);
        CommandLineRun named = tune("--evaluations", 4, "--images", 1, "--original", model);

        assertThat(cut.exitCode()).as(cut.err()).isEqualTo(ExitCode.OK);
        assertThat(cut.err()).contains("say where it is with --original; speedups are over the cut model");
        assertThat(named.exitCode()).as(named.err()).isEqualTo(ExitCode.OK);
        assertThat(named.err()).doesNotContain("--original");
    }

    @Test
    void refusesASamplerThatDoesNotFitTheModel() {
        CommandLineRun run = CommandLineRun.of(
                "tune",
                bundle,
                "--sampler",
                "{\"preset\": \"digits\"}",
                "--inputs",
                recording,
                "--evaluations",
                4,
                "-o",
                tuned);
        assertRefused(ExitCode.INVALID, "the batch of hidden_states must be even, was [1, 1, 28, 28]", run);
    }

    /** A real process and a real signal: the shutdown of the virtual machine is what is tested. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void ctrlCKeepsTheBestSoFar() throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ForkedJvm.inherited());
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                "dev.reprise.cli.Main",
                "tune",
                bundle.toString(),
                "--sampler",
                SAMPLER,
                "--inputs",
                recording.toString(),
                "--evaluations",
                "4",
                "--images",
                "1",
                "-o",
                tuned.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Path state = folder.resolve("tuned.json.search");
        while (!Files.exists(state) && process.isAlive()) {
            Thread.sleep(20);
        }
        assertThat(process.isAlive()).isTrue();
        // TERM goes the way of Ctrl-C, and is not ignored where the build itself runs in the background of a shell.
        new ProcessBuilder("kill", "-TERM", String.valueOf(process.pid()))
                .start()
                .waitFor();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isEqualTo(143);
        assertThat(out).contains("before it was stopped", "--policy-config");
        JsonNode json = Json.parse(Files.readString(tuned));
        Schemas.requireValid("tune", json);
        assertThat(json.at("/tuned/finished").booleanValue()).isFalse();
        JsonNode known = Json.parse(Files.readString(state));
        assertThat(known.get("scores")).hasSizeGreaterThanOrEqualTo(10);
        // Scores of other inputs say nothing.
        assertThat(known.get("key").textValue()).contains(recording.toString());
    }
}
