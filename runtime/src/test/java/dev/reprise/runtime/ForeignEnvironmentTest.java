package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.ort.OrtRuntime;
import dev.reprise.runtime.api.SessionSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Other code in the process used ONNX Runtime first. Runs in processes of their own, because there is one environment in each. */
class ForeignEnvironmentTest {
    /** Another number than that of the cores, which is the default. */
    private static final int THREADS = Runtime.getRuntime().availableProcessors() + 1;

    @TempDir
    private Path folder;

    @Test
    void sessionsHaveTheirOwnThreadsWhenTheEnvironmentIsNotOurs() throws IOException, InterruptedException {
        assertThat(run("foreign"))
                .endsWith("own 90.0 [every session has a pool of its own of " + THREADS
                        + " threads; this process has no shared thread pool,"
                        + " because other code of this process made the environment]");
    }

    @Test
    void sessionsShareThePoolWhenWeAreFirst() throws IOException, InterruptedException {
        assertThat(run("ours")).endsWith("shared 90.0 []");
    }

    @Test
    void aLongCommandLineDoesNoHarm() throws IOException, InterruptedException {
        assertThat(run("x".repeat(20_000))).endsWith("shared 90.0 []");
    }

    @Test
    void cuttingAModelFirstIsReportedWhenItFixedAnotherPool() throws IOException, InterruptedException {
        assertThat(run("cut"))
                .contains("own 90.0")
                .contains("[every session has a pool of its own of " + THREADS + " threads; this process has a shared"
                        + " pool of " + (THREADS - 1));
    }

    @Test
    void threadsCanBeReservedBeforeAModelIsCut() throws IOException, InterruptedException {
        assertThat(run("reserve")).contains("shared 90.0").endsWith("[]");
    }

    private String run(String who) throws IOException, InterruptedException {
        TinyModel model = TinyModel.write(folder);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        who,
                        model.bundle().toString())
                .redirectError(folder.resolve("errors").toFile())
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(() -> errors()).isZero();
        return printed;
    }

    private String errors() {
        try {
            return Files.readString(folder.resolve("errors"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Uses ONNX Runtime first if asked to, then runs a bundle. */
    static final class Main {
        private Main() {}

        public static void main(String[] args) {
            SessionSettings settings = SessionSettings.cpu().withThreads(THREADS);
            if (args[0].equals("foreign")) {
                OrtEnvironment.getEnvironment("foreign");
            }
            if (args[0].equals("reserve")) {
                settings.reserveThreads();
            }
            if (args[0].equals("cut") || args[0].equals("reserve")) {
                Optimizer.cut(Path.of(args[1]).resolveSibling("model.onnx"), CutOptions.DEFAULTS);
            }
            boolean shared = new OrtRuntime(THREADS).sharesThreads(settings.session());
            TinyModelFixture tiny = new TinyModelFixture();
            try (CachedTransformer transformer = CachedTransformer.open(Path.of(args[1]), settings)) {
                System.out.println((shared ? "shared " : "own ") + tiny.run(transformer, 0, 8)[0] + " "
                        + transformer.summary().warnings());
            }
        }
    }
}
