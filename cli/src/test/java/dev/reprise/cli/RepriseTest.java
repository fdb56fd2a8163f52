package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Terminal;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
                "playground",
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
    void showsTheVersionsOfWhatMatters() {
        CommandLineRun run = CommandLineRun.of("--version");

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.out().lines()).hasSize(5);
        assertThat(run.out())
                .startsWith("reprise ")
                .contains("Java " + System.getProperty("java.version"), "ONNX Runtime 1.", "native layer: ")
                .contains(System.getProperty("os.arch"));
        assertThat(CommandLineRun.of("-V").out()).isEqualTo(run.out());
    }

    @Test
    void showsTheVersionsAsJson() throws IOException {
        JsonNode json =
                Json.parse(CommandLineRun.of("--version", "--format", "json").out());

        Schemas.requireValid("version", json);
        assertThat(json.path("java").asText()).isEqualTo(System.getProperty("java.version"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "benhc                      | reprise: unknown command 'benhc'; did you mean 'bench'?",
                "measure-memry              | reprise: unknown command 'measure-memry'",
                "--verson                   | reprise: unknown option '--verson'; did you mean '--version'?",
                "bench m.onnx --polcy fbc   | reprise bench: unknown option '--polcy'; did you mean '--policy'?",
                "verify m.onnx --recording r --min-spedup=2 | reprise verify: unknown option '--min-spedup'; did you mean '--min-speedup'?",
                "inspect m.onnx --xyzzy     | reprise inspect: unknown option '--xyzzy'",
                "inspect a b                | reprise inspect: unexpected argument 'b'"
            })
    void asksWhetherTheNearestWasMeant(String line, String message) {
        CommandLineRun run = CommandLineRun.of((Object[]) line.split(" ", -1));

        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.errorLines())
                .containsExactly(message + " (see '" + message.substring(0, message.indexOf(':')) + " --help')");
    }

    @Test
    void coloursAreForTerminalsUnlessSomebodyAsks() {
        Terminal terminal = Terminal.of(Map.of(), "80", true);

        assertThat(CommandLineRun.on(terminal, "nothing").err()).startsWith("\u001b[");
        assertThat(CommandLineRun.on(terminal, "nothing", "--color", "never").err())
                .startsWith("reprise: ");
        assertThat(CommandLineRun.of("nothing").err()).startsWith("reprise: ");
        assertThat(CommandLineRun.of("doctor", "--color", "always").out()).contains("\u001b[32myes");
        assertThat(CommandLineRun.on(terminal, "bench", "--help").out()).contains("\u001b[1m");
        assertThat(CommandLineRun.on(terminal, "bench", "--color", "never", "--help")
                        .out())
                .doesNotContain("\u001b[");
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
