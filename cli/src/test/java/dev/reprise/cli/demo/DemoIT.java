package dev.reprise.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoIT {
    @TempDir
    private Path folder;

    @Test
    void drawsTheDigitsWithEveryPolicy() throws IOException {
        Path output = folder.resolve("demo");

        CommandLineRun run = CommandLineRun.of(
                "demo", "-o", output, "--steps", 12, "--rounds", 1, "--no-timing", "--format", "json");

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
        JsonNode settings = run.json().path("settings");
        assertThat(settings.get(0).at("/configuration/policy").asText()).isEqualTo("none");
        assertThat(settings.get(0).path("accuracy").asDouble()).isGreaterThanOrEqualTo(0.9);
        assertThat(settings.get(1).path("family").asText()).isEqualTo("Exact caching");
        assertThat(settings.get(1).path("identical").asBoolean()).isTrue();
        assertThat(settings)
                .hasSizeGreaterThan(20)
                .allSatisfy(setting -> assertThat(setting.path("psnr_db").asDouble(Double.POSITIVE_INFINITY))
                        .as(setting.toString())
                        .isGreaterThan(10));
        assertThat(Files.readString(output.resolve("report.html")))
                .contains("First Block Cache", "</html>")
                .doesNotContain("<script", "https:");
        assertThat(Files.size(output.resolve("digits.png"))).isGreaterThan(10_000);
    }

    @Test
    void noiseIsTheSameOnEveryMachine() {
        assertThat(Digits.noise(1)[0]).isEqualTo(1.561581f);
        assertThat(Digits.noise(1)).isEqualTo(Digits.noise(1)).isNotEqualTo(Digits.noise(2));
    }
}
