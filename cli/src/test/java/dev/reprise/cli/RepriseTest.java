package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cli.command.ExitCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RepriseTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "inspect",
                "optimize",
                "verify",
                "record",
                "bench",
                "policies",
                "demo",
                "calibrate",
                "freeze",
            })
    void explainsEveryCommandWithExamplesAndExitCodes(String command) {
        CommandLineRun help = CommandLineRun.of(command, "--help");

        assertThat(help.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(help.err()).isEmpty();
        assertThat(help.out())
                .startsWith("Usage: reprise " + command)
                .contains("Examples:", "  reprise " + command, "Exit codes:", "4   a regression", "--format");
        assertThat(help.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120));
        assertThat(CommandLineRun.of("--help").out()).contains("  " + command);
    }

    @Test
    void showsTheVersion() {
        assertThat(CommandLineRun.of("--version").out()).startsWith("reprise ");
        assertThat(CommandLineRun.of("-V").exitCode()).isEqualTo(ExitCode.OK);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nothing",
                "--nothing",
                "inspect",
                "inspect a b",
                "policies --format xml",
                "verify x",
                "bench x --set a=1"
            })
    void answersAWrongCommandLineInOneLine(String line) {
        CommandLineRun run = CommandLineRun.of((Object[]) (line.isEmpty() ? new String[0] : line.split(" ", -1)));

        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.errorLines()).hasSize(1);
    }

    @Test
    void hidesTheStackTraceUnlessDebugging() {
        assertThat(CommandLineRun.of("inspect", "missing.onnx").errorLines()).hasSize(1);
        assertThat(CommandLineRun.of("inspect", "missing.onnx", "--debug").err())
                .contains("\tat dev.reprise.");
        assertThat(CommandLineRun.of("inspect", "--help").out()).doesNotContain("--debug");
    }
}
