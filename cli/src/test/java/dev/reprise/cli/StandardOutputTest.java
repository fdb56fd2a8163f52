package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Terminal;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A result that does not arrive is no success. */
class StandardOutputTest {
    private static final String MESSAGE = "reprise: standard output failed: the result is incomplete";

    @ParameterizedTest
    @ValueSource(strings = {"policies", "policies --format json", "bench --help", "--version"})
    void aFailedWriteFailsTheCommand(String line) {
        StringWriter err = new StringWriter();

        int exitCode = Reprise.run(
                Terminal.none(), new PrintWriter(new FullDisk()), new PrintWriter(err), line.split(" ", -1));

        assertThat(exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString().lines()).containsExactly(MESSAGE);
    }

    @Test
    void theProcessFailsOnAFullDevice() throws IOException, InterruptedException {
        File full = new File("/dev/full");
        assumeTrue(full.exists(), "only Linux has /dev/full");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "policies",
                        "--format",
                        "json"))
                .redirectOutput(full)
                .start();

        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isEqualTo(ExitCode.FAILED);
        assertThat(err.lines()).containsExactly(MESSAGE);
    }

    private static final class FullDisk extends Writer {
        @Override
        public void write(char[] buffer, int offset, int length) throws IOException {
            throw new IOException("No space left on device");
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
