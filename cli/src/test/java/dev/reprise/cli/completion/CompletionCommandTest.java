package dev.reprise.cli.completion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class CompletionCommandTest {
    @TempDir
    private Path folder;

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void bashCompletesCommandsOptionsAndPolicies() throws IOException, InterruptedException {
        assertThat(completed("reprise", "ben")).containsExactly("bench");
        assertThat(completed("reprise", "bench", "--thr")).containsExactly("--threads");
        assertThat(completed("reprise", "bench", "--policy", "first_"))
                .containsExactlyInAnyOrder("first_block_cache", "first_block");
        assertThat(completed("reprise", "policies", "pyr")).containsExactly("pyramid_attention_broadcast");
        assertThat(completed("reprise", "bench", "--format", "j")).containsExactly("json");
        assertThat(completed("reprise", "completion", "z")).containsExactly("zsh");
        assertThat(completed("reprise", "measure")).isEmpty();
    }

    /** What bash would offer for the last word. */
    private List<String> completed(String... words) throws IOException, InterruptedException {
        Path script = Files.writeString(
                folder.resolve("reprise.bash"),
                CommandLineRun.of("completion", "bash").out());
        Path ask = Files.writeString(folder.resolve("ask.bash"), """
                compopt() { :; }  # only bash itself may call it
                source "$1"; shift
                COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
                _complete_reprise
                printf '%s\\n' "${COMPREPLY[@]}"
                """);
        String[] command = new String[4 + words.length];
        command[0] = "bash";
        command[1] = "-u";
        command[2] = ask.toString();
        command[3] = script.toString();
        System.arraycopy(words, 0, command, 4, words.length);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    @Test
    void fishKnowsCommandsOptionsAndPolicies() {
        CommandLineRun run = CommandLineRun.of("completion", "fish");

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.out().lines())
                .contains(
                        "complete -c reprise -n '__fish_use_subcommand' -f -a bench -d 'Measure step times and memory'")
                .anyMatch(line ->
                        line.startsWith("complete -c reprise -n '__fish_seen_subcommand_from bench' -s p -l policy -r ")
                                && line.contains(" first_block_cache "))
                .allMatch(line -> line.startsWith("complete -c reprise -n '"))
                .noneMatch(line -> line.contains("measure-memory"));
    }

    @Test
    void fishAcceptsItsScript() throws IOException, InterruptedException {
        Path script = Files.writeString(
                folder.resolve("reprise.fish"),
                CommandLineRun.of("completion", "fish").out());
        Process process;
        try {
            process = new ProcessBuilder("fish", "--no-execute", script.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "no fish");
            return;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    @Test
    void anotherShellIsRefused() {
        assertThat(CommandLineRun.of("completion", "csh").errorLines())
                .singleElement()
                .asString()
                .contains("[BASH, ZSH, FISH]", "'csh'");
    }
}
