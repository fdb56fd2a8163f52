package dev.reprise.cli.freeze;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.Schemas;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.demo.DemoModels;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreezeIT {
    @TempDir
    private Path folder;

    private Path bundle;

    @BeforeEach
    void optimize() {
        bundle = folder.resolve("digits.bundle");
        CommandLineRun.of("optimize", DemoModels.digits().resolve("torchscript.onnx"), "-o", bundle);
    }

    @Test
    void freezesADynamicRunIntoAMask() throws IOException {
        Path mask = folder.resolve("mask.json");

        CommandLineRun run = CommandLineRun.of(
                "freeze", bundle, "--random", 3, "--steps", 12, "-p", "fbc", "--set", "threshold=0.2", "-o", mask);

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
        JsonNode json = Json.parse(Files.readString(mask));
        Schemas.requireValid("freeze", json);
        String frozen = json.at("/parameters/mask").asText();
        assertThat(frozen).hasSize(12).startsWith("1").contains("0");
        CommandLineRun bench = CommandLineRun.of(
                "bench",
                bundle,
                "--random",
                3,
                "--steps",
                12,
                "--rounds",
                1,
                "--no-memory",
                "-p",
                "step_mask",
                "--policy-config",
                mask);
        assertThat(bench.exitCode()).as(bench.err()).isEqualTo(ExitCode.OK);
    }

    @Test
    void freezesNothingThatDecidesForEachModule() {
        CommandLineRun run = CommandLineRun.of(
                "freeze", bundle, "--random", 3, "--steps", 12, "-p", "pab", "-o", folder.resolve("mask.json"));

        assertThat(run.exitCode()).isEqualTo(ExitCode.INVALID);
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .contains("alone at step", "all blocks or the whole model");
        assertThat(folder.resolve("mask.json")).doesNotExist();
    }

    @Test
    void writesNoMaskOfOnes() {
        Path mask = folder.resolve("mask.json");

        CommandLineRun run = CommandLineRun.of(
                "freeze", bundle, "--random", 3, "--steps", 12, "-p", "fbc", "--set", "threshold=1e-6", "-o", mask);

        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.errorLines()).singleElement().asString().contains("fbc", "skipped none of 12 steps");
        assertThat(mask).doesNotExist();
    }

    /** A generation's own trace holds its last 4,096 steps. */
    @Test
    void freezesMoreStepsThanATraceHolds() throws IOException {
        Path mask = folder.resolve("long.json");
        String decisions = "11" + "0".repeat(4096) + "10";

        CommandLineRun run = CommandLineRun.of(
                "freeze",
                TestModels.golden("pixart").resolve("torchscript.onnx"),
                "--random",
                1,
                "--steps",
                4100,
                "-p",
                "step_mask",
                "--set",
                "mask=" + decisions,
                "-o",
                mask);

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
        assertThat(Json.parse(Files.readString(mask)).at("/parameters/mask").asText())
                .isEqualTo(decisions);
    }
}
