package dev.reprise.cli.calibrate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.Schemas;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.demo.DemoModels;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        assertThat(run.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120));
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
}
