package dev.reprise.cli.completion;

import dev.reprise.cli.command.ExitCode;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code reprise completion}: a script that teaches a shell the commands, options and policies. */
@Command(
        name = "completion",
        description = "Print a script that completes commands, options and names of policies in a shell.",
        footer = {
            "",
            "Examples:",
            "  source <(reprise completion bash)",
            "  reprise completion bash > ~/.local/share/bash-completion/completions/reprise",
            "  reprise completion fish > ~/.config/fish/completions/reprise.fish"
        })
public final class CompletionCommand implements Callable<Integer> {
    enum Shell {
        BASH,
        ZSH,
        FISH;

        /** As it is typed. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "bash|zsh|fish", description = "The shell. zsh runs bash's script.")
    private Shell shell = Shell.BASH;

    @Override
    public Integer call() {
        CommandSpec root = spec.root();
        String script =
                shell == Shell.FISH ? FishCompletion.script(root) : AutoComplete.bash(root.name(), root.commandLine());
        spec.commandLine().getOut().print(script);
        return ExitCode.OK;
    }
}
