package dev.reprise.cli.command;

import dev.reprise.graph.NearestNames;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What the screen says about a command line that cannot be read: what is wrong, and what was most likely meant. */
public final class Mistyped {
    private Mistyped() {}

    /** One line. */
    public static String line(ParameterException failure) {
        if (failure instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            return line(
                    unmatched.getUnmatched().get(0), failure.getCommandLine().getCommandSpec());
        }
        return Failure.oneLine(failure.getMessage()).replaceFirst("^Error: ", "");
    }

    private static String line(String found, CommandSpec command) {
        if (found.startsWith("-")) {
            String name = Failure.oneLine(found.replaceFirst("=.*", ""));
            List<String> options = command.options().stream()
                    .filter(option -> !option.hidden())
                    .map(OptionSpec::longestName)
                    .toList();
            return "unknown option '" + name + "'" + NearestNames.question(name, options);
        }
        String name = Failure.oneLine(found);
        List<String> commands = command.subcommands().entrySet().stream()
                .filter(entry -> !isHidden(entry.getValue()))
                .map(entry -> entry.getKey())
                .toList();
        return commands.isEmpty()
                ? "unexpected argument '" + name + "'"
                : "unknown command '" + name + "'" + NearestNames.question(name, commands);
    }

    private static boolean isHidden(CommandLine command) {
        return command.getCommandSpec().usageMessage().hidden();
    }
}
