package dev.reprise.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoIT {
    @TempDir
    private Path folder;

    @Test
    void drawsTheDigitsWithEveryPolicy() throws IOException {
        JsonNode settings = settings("--all", "--steps", 6, "--rounds", 1, "--no-timing");

        assertThat(settings.get(0).at("/configuration/policy").asText()).isEqualTo("none");
        assertThat(settings.get(0).path("confidence").asDouble()).isGreaterThanOrEqualTo(0.9);
        assertThat(settings)
                .filteredOn(setting -> setting.path("family").asText().equals("Exact caching"))
                .singleElement()
                .satisfies(setting -> assertThat(setting.path("psnr_db").asDouble(Double.POSITIVE_INFINITY))
                        .isGreaterThan(80));
        assertThat(settings)
                .hasSizeGreaterThan(20)
                .allSatisfy(setting -> assertThat(setting.path("psnr_db").asDouble(Double.POSITIVE_INFINITY))
                        .as(setting.toString())
                        .isGreaterThan(10));
        assertThat(report())
                .contains("First Block Cache", "Show all", "</html>")
                .doesNotContain("<script", "https:");
    }

    /** The configuration that the page recommends is one that a program can load. */
    @Test
    void drawsVideosWithFourSettings() throws IOException {
        JsonNode settings = settings("--model", "video", "--rounds", 1, "--steps", 8);

        assertThat(settings)
                .hasSize(5)
                .allSatisfy(setting -> assertThat(setting.path("psnr_db").asDouble(Double.POSITIVE_INFINITY))
                        .as(setting.toString())
                        .isGreaterThan(10));
        assertThat(settings.get(4).at("/configuration/policy").asText()).isEqualTo("output_forecast");
        assertThat(report()).contains("TaylorSeer Lite").doesNotContain("Show all", "still running");
        Path recommended = folder.resolve("demo/policy.json");
        if (Files.exists(recommended)) {
            assertThat(PolicyCatalogue.load(recommended).id()).isNotEmpty();
        }
        assertThat(Files.size(folder.resolve("demo/samples.png"))).isGreaterThan(10_000);
    }

    @Test
    void theTunedScheduleIsShownForTheStepsItWasTunedFor() {
        assertThat(DemoSettings.first(DemoModel.digits(), 30))
                .hasSize(4)
                .extracting(setting -> setting.choice().type().id())
                .endsWith("combined");
        assertThat(DemoSettings.first(DemoModel.digits(), 31))
                .extracting(setting -> setting.choice().type().id())
                .endsWith("output_forecast");
    }

    private JsonNode settings(Object... arguments) {
        List<Object> line = new ArrayList<>(List.of("demo", "-o", folder.resolve("demo"), "--format", "json"));
        line.addAll(List.of(arguments));
        CommandLineRun run = CommandLineRun.of(line.toArray());
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
        return run.json().path("settings");
    }

    private String report() throws IOException {
        return Files.readString(folder.resolve("demo/report.html"));
    }

    @Test
    void noiseIsTheSameOnEveryMachine() {
        assertThat(DemoModel.digits().noise(1)[0]).isEqualTo(1.561581f);
        assertThat(DemoModel.digits().noise(1))
                .isEqualTo(DemoModel.digits().noise(1))
                .isNotEqualTo(DemoModel.digits().noise(2));
    }
}
