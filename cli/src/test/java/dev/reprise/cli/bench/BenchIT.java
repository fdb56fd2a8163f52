package dev.reprise.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
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
                        "--set",
                        "warmup_steps=3",
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
        JsonNode repeated = json.path("repeated_prompt");
        // And the 4,544 of the timestep's embedding.
        assertThat(repeated.path("saved_share").asDouble()).isCloseTo((8_192 + 4_544) / 133_568.0, within(1e-12));
        assertThat(repeated.path("shared_cache_bytes").asLong()).isPositive();
        assertThat(repeated.at("/ratio/median").asDouble()).isPositive();
        if (Files.exists(Path.of("/proc/self/status"))) {
            assertThat(json.path("results").get(0).path("peak_memory_bytes").asLong())
                    .isPositive();
            assertThat(json.path("results").get(1).path("peak_memory_bytes").asLong())
                    .isPositive();
        }
    }

    @Test
    void comparesWithABaselineAndWritesWhatJmhWrites() throws IOException {
        Path baseline = folder.resolve("baseline.json");
        Path jmh = folder.resolve("jmh.json");
        Object[] bench = {
            "bench",
            MODEL,
            "--steps",
            3,
            "--rounds",
            5,
            "--no-memory",
            "-p",
            "mask",
            "--set",
            "mask=101",
            "--format",
            "json"
        };
        CommandLineRun first = CommandLineRun.of(bench);
        ObjectNode document = (ObjectNode) first.json();

        // Nothing is half as fast as this baseline says.
        for (JsonNode row : document.path("results")) {
            ((ObjectNode) row)
                    .putObject("speedup")
                    .put("median", 1e6)
                    .put("low", 1e6)
                    .put("high", 1e6);
        }
        Files.writeString(baseline, document.toString());
        CommandLineRun slower = with(bench, "--baseline", baseline, "--fail-below", 0.95, "--jmh", jmh);
        CommandLineRun told = with(bench, "--baseline", baseline);
        Files.writeString(baseline, document.put("machine", "another").toString());
        CommandLineRun elsewhere = with(bench, "--baseline", baseline);
        CommandLineRun any = with(bench, "--baseline", baseline, "--any-baseline");

        assertThat(slower.exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(slower.json().path("baseline").findValuesAsText("name")).containsExactly("cut", "mask");
        assertThat(slower.json().path("baseline").findValuesAsText("outcome")).containsOnly("slower");
        assertThat(slower.errorLines())
                .singleElement()
                .asString()
                .contains("slower than 0.95 of the baseline: cut 0.00");
        assertThat(told.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(elsewhere.exitCode()).isEqualTo(ExitCode.INVALID);
        assertThat(elsewhere.errorLines())
                .singleElement()
                .asString()
                .contains("a baseline of another machine", "found another", "--any-baseline");
        assertThat(any.exitCode()).isEqualTo(ExitCode.OK);
        JsonNode written = Json.parse(Files.readString(jmh));
        assertThat(written.findValuesAsText("benchmark"))
                .containsExactly("reprise.bench.original", "reprise.bench.cut", "reprise.bench.mask");
        assertThat(BaselineTest.fields(written.get(0)))
                .containsAll(BaselineTest.fields(BaselineTest.jmh().get(0)).stream()
                        .filter(name -> !name.equals("jmhVersion"))
                        .toList());
        assertThat(written.at("/0/primaryMetric/rawData/0")).hasSize(5);
    }

    private static CommandLineRun with(Object[] arguments, Object... more) {
        return CommandLineRun.of(
                Stream.concat(Stream.of(arguments), Stream.of(more)).toArray());
    }

    @Test
    void refusesABaselineThatIsNone() throws IOException {
        Path file = Files.writeString(folder.resolve("other.json"), "{\"policies\": []}");

        assertThat(CommandLineRun.of("bench", MODEL, "--baseline", file).errorLines())
                .containsExactly("reprise bench: " + file + ": expected what 'bench --format json' printed");
        assertThat(CommandLineRun.of("bench", MODEL, "--fail-below", 0.9).exitCode())
                .isEqualTo(ExitCode.USAGE);
        assertThat(CommandLineRun.of("bench", MODEL, "--baseline", file, "--rounds", 2)
                        .errorLines())
                .containsExactly("reprise bench: --baseline needs --rounds 5 or more, was 2");
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
