package org.example.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command with our jar as its plugin: our policy is like any other. Both jars were packaged before. */
class SparseMiddleCommandIT {
    private static final Path COMMAND = Path.of("../../cli/target/reprise-cli.jar");
    private static final Path PLUGIN = Path.of("target/sparse-middle.jar").toAbsolutePath();
    private static final Path MODEL = TestModels.golden("pixart").resolve("torchscript.onnx");

    @TempDir
    private Path folder;

    private record Run(int exitCode, String printed) {}

    @Test
    void theCatalogueHasIt() throws IOException, InterruptedException {
        assertThat(run(PLUGIN, "policies").printed()).contains("first_block_cache", "sparse_middle  (sparse)");
        assertThat(run(PLUGIN, "policies", "sparse").printed()).contains("Compute this many steps at the end");
        assertThat(run(PLUGIN, "completion", "bash").printed()).contains("sparse_middle");
        assertThat(run(PLUGIN, "inspect", MODEL).printed()).contains("sparse_middle");
    }

    @Test
    void recordsAndVerifies() throws IOException, InterruptedException {
        Path plugins = Files.createDirectory(folder.resolve("plugins"));
        Files.copy(PLUGIN, plugins.resolve("sparse-middle.jar"));
        Path recording = folder.resolve("recording");

        Run recorded = run(
                plugins,
                "record",
                MODEL,
                "--random",
                1,
                "--steps",
                10,
                "-p",
                "sparse",
                "--set",
                "threshold=5",
                "-o",
                recording);
        assertThat(recorded.exitCode()).as(recorded.printed()).isZero();

        Run verified = run(plugins, "verify", MODEL, "--recording", recording, "--strict");
        assertThat(verified.printed()).contains("sparse_middle");
        assertThat(verified.exitCode()).as(verified.printed()).isZero();

        Run without = run(null, "verify", MODEL, "--recording", recording, "--policy", "sparse_middle");
        assertThat(without.printed()).contains("unknown policy 'sparse_middle'");
        assertThat(without.exitCode()).as(without.printed()).isEqualTo(3);
    }

    private Run run(Path plugins, Object... arguments) throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command = Stream.concat(Stream.of(java, "-jar", COMMAND), Stream.of(arguments))
                .map(Object::toString)
                .toList();
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("REPRISE_PLUGINS");
        if (plugins != null) {
            builder.environment().put("REPRISE_PLUGINS", plugins.toString());
        }
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), printed);
    }
}
