package dev.reprise.cli.playground;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.Schemas;
import dev.reprise.verify.text.Json;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A real process and a real signal. */
@DisabledOnOs(OS.WINDOWS)
class PlaygroundEndIT {
    @Test
    void endsWellInTheMiddleOfAGeneration() throws Exception {
        Process process = playground();
        try (BufferedReader out = process.inputReader()) {
            String first = out.readLine();
            assertThat(first).startsWith("Playground: http://127.0.0.1:");
            PageRequests page = new PageRequests(first.replace("Playground: ", ""));
            page.begin(PageRequests.settings(100, 20, "first_block_cache", "{}"));
            Thread.sleep(500);

            terminate(process);

            assertThat(out.lines()).containsExactly("Open it in a browser on this machine. Ctrl-C ends it.");
            assertThat(process.waitFor()).isEqualTo(143);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void printsItsAddressForMachines() throws Exception {
        Process process = playground("--format", "json");
        try (BufferedReader out = process.inputReader()) {
            StringBuilder document = new StringBuilder();
            while (!document.toString().endsWith("}\n")) {
                document.append(out.readLine()).append('\n');
            }
            JsonNode json = Json.parse(document.toString());
            Schemas.requireValid("playground", json);
            PageRequests page = new PageRequests(json.path("address").textValue());
            assertThat(page.send("GET", "", "").statusCode()).isEqualTo(200);

            terminate(process);

            assertThat(out.lines()).isEmpty();
            assertThat(process.waitFor()).isEqualTo(143);
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process playground(String... options) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.reprise.cli.Main",
                "playground");
        builder.command().addAll(List.of(options));
        return builder.redirectErrorStream(true).start();
    }

    private static void terminate(Process process) throws Exception {
        new ProcessBuilder("kill", "-TERM", String.valueOf(process.pid()))
                .start()
                .waitFor();
    }
}
