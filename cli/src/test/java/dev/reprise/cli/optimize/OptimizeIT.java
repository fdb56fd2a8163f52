package dev.reprise.cli.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class OptimizeIT {
    private static final Path MODEL = TestModels.golden("dit").resolve("torchscript.onnx");

    @TempDir
    private Path folder;

    @Test
    void writesABundleAndShowsBeforeAndAfter() {
        Path bundle = folder.resolve("deep/dit.bundle");

        CommandLineRun run = CommandLineRun.of("optimize", MODEL, "-o", bundle);

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.out()).contains("BEFORE", "AFTER", "model files", "Wrote " + bundle);
        assertThat(bundle.resolve("manifest.json")).isRegularFile();
    }

    @Test
    void aDryRunWritesNothing() throws IOException {
        CommandLineRun run = CommandLineRun.of("optimize", MODEL, "-o", folder.resolve("b"), "--dry-run");

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.out()).contains("Would write");
        try (var entries = Files.list(folder)) {
            assertThat(entries).isEmpty();
        }
    }

    @Test
    void aPackedBundleNeedsNoOriginal() throws IOException {
        Path copy = Files.copy(MODEL, folder.resolve("copy.onnx"));
        Path bundle = folder.resolve("packed");
        JsonNode json = CommandLineRun.of("optimize", copy, "-o", bundle, "--pack-weights", "--format", "json")
                .json();
        Files.delete(copy);

        assertThat(json.path("bundle_bytes").asLong()).isPositive();
        assertThat(CommandLineRun.of("verify", bundle, "--recording", TestModels.golden("dit"), "--policy", "none")
                        .exitCode())
                .isEqualTo(ExitCode.OK);
    }

    @Test
    void cutsAtAModuleThatTheUserNames() {
        Path bundle = folder.resolve("named");
        CommandLineRun.of("optimize", MODEL, "-o", bundle, "--module", "transformer_blocks\\.\\d+\\.ff\\.net\\.0");

        assertThat(CommandLineRun.of("inspect", bundle, "--all").out()).contains("transformer_blocks.3.ff.net.0");
    }

    @Test
    void needsSomewhereToWrite() {
        CommandLineRun run = CommandLineRun.of("optimize", MODEL);

        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.errorLines())
                .containsExactly("reprise optimize: expected an output folder (-o BUNDLE) or --dry-run");
    }

    /** As an empty mount point or a link to one: the folder stays what it is. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void fillsAnEmptyFolderBehindALink() throws IOException {
        Path real = Files.createDirectory(folder.resolve("real"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);

        assertThat(CommandLineRun.of("optimize", MODEL, "-o", link).exitCode()).isEqualTo(ExitCode.OK);

        assertThat(link).isSymbolicLink();
        assertThat(CommandLineRun.of("inspect", link).exitCode()).isEqualTo(ExitCode.OK);
        assertThat(CommandLineRun.of("inspect", real).exitCode()).isEqualTo(ExitCode.OK);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void writesAFolderWithALongName() {
        Path bundle = folder.resolve("b".repeat(250));

        assertThat(CommandLineRun.of("optimize", MODEL, "-o", bundle).exitCode())
                .isEqualTo(ExitCode.OK);
        assertThat(CommandLineRun.of("inspect", bundle).exitCode()).isEqualTo(ExitCode.OK);
    }
}
