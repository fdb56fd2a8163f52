package dev.reprise.cli.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.Schemas;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.demo.DemoModels;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrateIT {
    @TempDir
    private Path folder;

    private Path bundle;

    @BeforeEach
    void optimize() {
        bundle = folder.resolve("digits.bundle");
        CommandLineRun.of("optimize", DemoModels.digits().resolve("torchscript.onnx"), "-o", bundle);
    }

    @Test
    void findsTheParametersOfASpeedup() throws IOException {
        CommandLineRun run = CommandLineRun.of(
                "calibrate",
                bundle,
                "--random",
                3,
                "--steps",
                40,
                "--target-speedup",
                1.5,
                "--target-speedup",
                2,
                "--no-timing",
                "-p",
                "fbc",
                "-p",
                "teacache",
                "-p",
                "mask");

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
        assertThat(run.out()).startsWith("For 1.50×: ").contains("For 2.00×: ");
        JsonNode json = Json.parse(Files.readString(folder.resolve("digits.bundle.calibration.json")));
        Schemas.requireValid("calibrate", json);
        assertThat(json.path("contexts").path("random")).hasSize(40);
        assertThat(json.path("suggestions")).hasSize(6).allSatisfy(suggestion -> {
            assertThat(suggestion.path("reached").asBoolean())
                    .as(suggestion.toString())
                    .isTrue();
            assertThat(suggestion.path("predicted_speedup").asDouble()
                            / suggestion.path("value").asDouble())
                    .isBetween(0.95, 1.05);
        });
        JsonNode measured = json.path("measured_parameters");
        assertThat(measured.findValuesAsText("policy")).containsExactly("magcache", "teacache");
        assertThat(measured.at("/0/configuration/parameters/mag_ratios")).hasSize(40);
        assertThat(measured.at("/1/configuration/parameters/coefficients")).hasSize(5);
        assertThat(measured.at("/1/r_squared").asDouble()).isLessThanOrEqualTo(1);
    }

    @Test
    void theWinnerComesFirstAndIsReadyToPaste() throws IOException {
        Path file = folder.resolve("found.json");

        CommandLineRun run = CommandLineRun.of(
                "calibrate",
                bundle,
                "--random",
                3,
                "--steps",
                20,
                "--target-speedup",
                1.5,
                "--no-timing",
                "-p",
                "mask",
                "-p",
                "output_forecast",
                "-o",
                file);

        List<String> lines = run.out().lines().toList();
        String policy = Json.parse(Files.readString(file)).path("policy").asText();
        assertThat(lines.get(0)).startsWith("For 1.50×: " + policy + ", ");
        assertThat(lines.get(1).strip())
                .isEqualTo("reprise bench " + bundle + " --policy " + policy + " --policy-config " + file);
        assertThat(lines.get(2)).contains("PolicyCatalogue.load(Path.of(\"" + file + "\"))");
        Object[] pasted = lines.get(1).strip().replace("reprise ", "").split(" ", -1);
        CommandLineRun bench = CommandLineRun.of(
                Stream.concat(Stream.of(pasted), Stream.of("--rounds", "1", "--steps", "6", "--no-memory"))
                        .toArray());
        assertThat(bench.exitCode()).as(bench.err()).isEqualTo(ExitCode.OK);
        assertThat(PolicyCatalogue.load(file).id()).isEqualTo(policy);
    }

    @Test
    void aTargetThatNobodyReachesFails() {
        CommandLineRun run = CommandLineRun.of(
                "calibrate", bundle, "--random", 3, "--steps", 6, "--target-speedup", 900, "--no-timing", "-p", "mask");

        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.errorLines()).containsExactly("reprise calibrate: no policy reaches 900.00×");
        assertThat(run.out()).startsWith("No policy reaches 900.00×; these come closest:");
        assertThat(folder.resolve("digits.bundle.calibration.json")).exists();
    }

    @Test
    void speedupsAreOverTheOriginal() throws IOException {
        Path packed = folder.resolve("packed");
        CommandLineRun.of("optimize", DemoModels.digits().resolve("torchscript.onnx"), "-o", packed, "--pack-weights");

        CommandLineRun gone = CommandLineRun.of(
                "calibrate", packed, "--random", 3, "--steps", 4, "--target-speedup", 1.4, "-p", "mask");
        JsonNode there = CommandLineRun.of(
                        "calibrate",
                        packed,
                        "--original",
                        DemoModels.digits().resolve("torchscript.onnx"),
                        "--random",
                        3,
                        "--steps",
                        4,
                        "--target-psnr",
                        10,
                        "-p",
                        "mask",
                        "--format",
                        "json")
                .json();

        assertThat(gone.exitCode()).isEqualTo(ExitCode.INVALID);
        assertThat(gone.errorLines())
                .singleElement()
                .asString()
                .contains("a speedup needs the original: the original model is no longer at ", "--original");
        assertThat(there.at("/cut_speedup/median").asDouble()).isPositive();
        assertThat(there.at("/suggestions/0/measured_speedup").asDouble()).isPositive();
    }

    @Test
    void measuresContextsByThemselves() {
        Path other = folder.resolve("other");
        CommandLineRun.of("record", bundle, "--random", 5, "--steps", 8, "-o", folder.resolve("cond"));
        CommandLineRun.of("record", bundle, "--random", 6, "--steps", 8, "-o", other);

        JsonNode json = CommandLineRun.of(
                        "calibrate",
                        bundle,
                        "--inputs",
                        folder.resolve("cond"),
                        "--inputs",
                        other,
                        "--format",
                        "json",
                        "--target-psnr",
                        30,
                        "-p",
                        "easycache",
                        "--no-timing")
                .json();

        assertThat(json.path("contexts").fieldNames()).toIterable().containsExactly("cond", "other");
        assertThat(json.path("contexts").path("cond").get(3))
                .isNotEqualTo(json.path("contexts").path("other").get(3));
        assertThat(json.path("suggestions").get(0).path("psnr_db").asDouble(100))
                .isGreaterThanOrEqualTo(30);
    }

    /** What SenCache's own functions measured on the same steps. */
    @Test
    void measuresSensitivitiesAsThePublicCodeDoes() throws IOException {
        Path published = TestModels.publishedModels().stream()
                .filter(model -> model.toString().contains("cogvideox"))
                .findFirst()
                .orElseThrow();
        JsonNode recorded = Json.parse(Files.readString(published.resolveSibling("recording.json")))
                .at("/policies/sencache/config");
        Path file = folder.resolve("sensitivities.json");

        CommandLineRun.of("calibrate", published, "--inputs", published.getParent(), "--sensitivity", "-o", file);

        JsonNode measured = Json.parse(Files.readString(file)).path("measured_parameters");
        JsonNode sencache = measured.get(measured.size() - 1).path("configuration");
        assertThat(sencache.path("policy").asText()).isEqualTo("sencache");
        for (String table : List.of("timesteps", "j_x_norm", "j_t_norm")) {
            JsonNode expected = recorded.path(table);
            JsonNode found = sencache.path("parameters").path(table);
            assertThat(found).as(table).hasSize(expected.size());
            for (int i = 0; i < expected.size(); i++) {
                assertThat(found.get(i).asDouble())
                        .as("%s of step %d", table, i)
                        .isCloseTo(expected.get(i).asDouble(), withinPercentage(0.1));
            }
        }
    }
}
