package dev.reprise.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchIT {
    private static final Path MODEL = TestModels.golden("pixart").resolve("torchscript.onnx");

    @TempDir
    private Path folder;

    @Test
    void measuresOriginalCutAndPolicies() {
        Path bundle = folder.resolve("bundle");
        CommandLineRun.of("optimize", MODEL, "-o", bundle);

        JsonNode json = CommandLineRun.of(
                        "bench",
                        bundle,
                        "--steps",
                        6,
                        "--rounds",
                        2,
                        "--format",
                        "json",
                        "-p",
                        "output_forecast",
                        "--set",
                        "interval=2",
                        "-p",
                        "fbc")
                .json();

        assertThat(json.path("results").findValuesAsText("name"))
                .containsExactly("original", "cut", "output_forecast", "fbc");
        assertThat(json.path("results"))
                .allSatisfy(result ->
                        assertThat(result.path("mean_step_ms").asDouble()).isPositive());
        // Exact caching keeps 8,192 of 133,568 multiply-adds from the second step on; the forecast takes the place of
        // one step.
        double later = 125_376.0 / 133_568;
        assertThat(json.path("results"))
                .extracting(result -> result.path("computed_share").asDouble())
                .usingComparatorForType((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : 1, Double.class)
                .containsExactly(1.0, (1 + 5 * later) / 6, (1 + 4 * later) / 6, (1 + 5 * later) / 6);
        assertThat(json.at("/results/0/ratio_to_original").asDouble()).isEqualTo(1);
        if (Files.exists(Path.of("/proc/self/status"))) {
            assertThat(json.path("results").get(0).path("peak_memory_bytes").asLong())
                    .isPositive();
            assertThat(json.path("results").get(1).path("peak_memory_bytes").asLong())
                    .isPositive();
        }
    }

    @Test
    void takesAModelFileAndPrintsATable() {
        CommandLineRun run = CommandLineRun.of(
                "bench", MODEL, "--steps", 4, "--rounds", 1, "--no-memory", "-p", "mask", "--set", "mask=1010");

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.out()).contains("MEAN STEP", "original", "cut", "mask", "4 steps, 1 round.");
    }

    @Test
    void refusesAnOriginalThatIsAnother() throws IOException {
        Path bundle = folder.resolve("bundle");
        CommandLineRun.of("optimize", MODEL, "-o", bundle, "--pack-weights");

        CommandLineRun run = CommandLineRun.of(
                "bench",
                bundle,
                "--no-memory",
                "--original",
                TestModels.golden("dit").resolve("torchscript.onnx"));

        assertThat(run.exitCode()).isEqualTo(ExitCode.INVALID);
        assertThat(run.errorLines()).singleElement().asString().contains("not the model that the bundle was cut from");
    }
}
