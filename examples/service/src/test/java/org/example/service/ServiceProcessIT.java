package org.example.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.demo.DemoModels;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The executable jar in a JVM of its own: how it ends, and what it says when it cannot start. */
@Timeout(120)
class ServiceProcessIT {
    @TempDir
    private Path folder;

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "no SIGTERM")
    void sigtermFinishesWhatRunsAndRefusesWhatWaits() throws Exception {
        try (ServiceProcess service = new ServiceProcess(
                folder.resolve("log"),
                "--server.port=0",
                "--reprise.threads=1",
                "--spring.lifecycle.timeout-per-shutdown-phase=2s")) {
            DrawClient client = new DrawClient(service.port());
            byte[] alone =
                    client.post("/generate", DrawClient.json("8", 600, 1)).body();
            List<CompletableFuture<HttpResponse<byte[]>>> running = List.of(
                    client.postSoon("/generate", DrawClient.json("8", 600, 1)),
                    client.postSoon("/generate", DrawClient.json("8", 600, 1)));
            client.awaitQueue(2, 0);
            List<CompletableFuture<HttpResponse<byte[]>>> waiting = List.of(
                    client.postSoon("/generate", DrawClient.json("9", 600, 1)),
                    client.postSoon("/generate", DrawClient.json("9", 600, 1)));
            client.awaitQueue(2, 2);

            service.terminate();

            for (CompletableFuture<HttpResponse<byte[]>> answer : waiting) {
                assertThat(answer.join().statusCode()).isEqualTo(503);
                assertThat(DrawClient.json(answer.join()).path("reason").stringValue())
                        .isEqualTo("stopping");
            }
            for (CompletableFuture<HttpResponse<byte[]>> answer : running) {
                assertThat(answer.join().statusCode()).isEqualTo(200);
                assertThat(answer.join().body()).isEqualTo(alone);
            }
            assertThat(service.exitCode()).as("128 + SIGTERM").isEqualTo(143);
            assertThat(service.output())
                    .contains("stopping: 2 generations finish, 2 that waited are refused")
                    .doesNotContain("ERROR", "Exception");
        }
    }

    @Test
    void oneMessageSaysWhyItDoesNotStart() throws Exception {
        Path video = Optimizer.cut(DemoModels.video().resolve("torchscript.onnx"), CutOptions.DEFAULTS)
                .write(folder.resolve("video.bundle"));
        assertFails(
                "reprise.bundle must name the folder of a bundle, as 'reprise optimize' writes it; there is none at /no/such",
                "Change the property reprise.bundle, which is \"/no/such\", from \"reprise.bundle\" from property source \"commandLineArgs\".",
                "--reprise.bundle=/no/such");
        assertFails(
                "reprise.threads must be 0 or more, was -3",
                "Change the property reprise.threads, which is \"-3\"",
                "--reprise.bundle=" + video,
                "--reprise.threads=-3");
        assertFails(
                "reprise.bundle must name a bundle that the application can draw with: the model must draw [batch, 1, 28, 28]",
                "Change the property reprise.bundle, which is \"" + video + "\"",
                "--reprise.bundle=" + video);
        assertFails(
                "reprise.policy-parameters.threshold cannot be used: first_block_cache: threshold must be a number ≥ 0, was -1",
                "Change the property reprise.policy-parameters.threshold, which is \"-1\"",
                "--reprise.policy-parameters.threshold=-1");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
            assertFails(
                    "Web server failed to start. Port " + taken.getLocalPort() + " was already in use.",
                    "Identify and stop the process",
                    "--server.port=" + taken.getLocalPort());
        }
    }

    private void assertFails(String description, String action, String... arguments) throws Exception {
        try (ServiceProcess service = new ServiceProcess(folder.resolve("log"), arguments)) {
            assertThat(service.exitCode()).isEqualTo(1);
            assertThat(service.output())
                    .containsOnlyOnce("APPLICATION FAILED TO START")
                    .contains(description)
                    .contains(action)
                    .doesNotContain("\tat ");
        }
    }
}
