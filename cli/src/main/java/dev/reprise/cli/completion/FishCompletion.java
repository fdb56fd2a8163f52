package dev.reprise.cli.completion;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** A completion script for fish: one {@code complete} line for each command and option. */
final class FishCompletion {
    private final StringBuilder script = new StringBuilder();
    private final String program;

    private FishCompletion(String program) {
        this.program = program;
    }

    static String script(CommandSpec root) {
        FishCompletion fish = new FishCompletion(root.name());
        root.options().forEach(option -> fish.option("__fish_use_subcommand", option));
        for (Map.Entry<String, CommandLine> command : root.subcommands().entrySet()) {
            CommandSpec spec = command.getValue().getCommandSpec();
            if (!spec.usageMessage().hidden()) {
                fish.command(command.getKey(), spec);
            }
        }
        return fish.script.toString();
    }

    private void command(String name, CommandSpec spec) {
        line(
                "__fish_use_subcommand",
                "-f -a " + name + description(spec.usageMessage().description()));
        String inCommand = "__fish_seen_subcommand_from " + name;
        spec.options().forEach(option -> option(inCommand, option));
        spec.positionalParameters().forEach(parameter -> candidates(parameter, inCommand, "-f "));
    }

    private void option(String where, OptionSpec option) {
        if (option.hidden()) {
            return;
        }
        StringBuilder names = new StringBuilder();
        for (String name : option.names()) {
            names.append(name.startsWith("--") ? "-l " : "-s ")
                    .append(name.replaceFirst("^--?", ""))
                    .append(' ');
        }
        boolean takesValue = option.arity().max() > 0;
        String flags = names + (takesValue ? "-r" : "") + description(option.description());
        if (option.completionCandidates() == null) {
            line(where, flags);
        } else {
            candidates(option, where, flags.strip() + " -f ");
        }
    }

    private void candidates(ArgSpec argument, String where, String flags) {
        if (argument.completionCandidates() != null) {
            line(where, flags + "-a '" + String.join(" ", argument.completionCandidates()) + "'");
        }
    }

    private void line(String where, String rest) {
        script.append("complete -c ")
                .append(program)
                .append(" -n '")
                .append(where)
                .append("' ")
                .append(rest.strip())
                .append('\n');
    }

    /** The first sentence. */
    private static String description(String... lines) {
        if (lines.length == 0) {
            return "";
        }
        String first = lines[0].replaceFirst("[.;:] .*", "").replaceFirst("\\.$", "");
        return " -d '" + first.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
