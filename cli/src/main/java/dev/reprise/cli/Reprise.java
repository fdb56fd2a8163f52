package dev.reprise.cli;

import dev.reprise.cli.bench.BenchCommand;
import dev.reprise.cli.calibrate.CalibrateCommand;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Failure;
import dev.reprise.cli.command.Mistyped;
import dev.reprise.cli.command.Plugins;
import dev.reprise.cli.command.Screen.Format;
import dev.reprise.cli.command.Terminal;
import dev.reprise.cli.completion.CompletionCommand;
import dev.reprise.cli.demo.DemoCommand;
import dev.reprise.cli.doctor.DoctorCommand;
import dev.reprise.cli.doctor.InstalledVersions;
import dev.reprise.cli.freeze.FreezeCommand;
import dev.reprise.cli.inspect.InspectCommand;
import dev.reprise.cli.memory.MemoryCommand;
import dev.reprise.cli.optimize.OptimizeCommand;
import dev.reprise.cli.playground.PlaygroundCommand;
import dev.reprise.cli.policies.PoliciesCommand;
import dev.reprise.cli.record.RecordCommand;
import dev.reprise.cli.tune.TuneCommand;
import dev.reprise.cli.verify.VerifyCommand;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root command: subcommands, and what is the same for all of them. */
@Command(
        name = "reprise",
        mixinStandardHelpOptions = true,
        versionProvider = InstalledVersions.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "Step caching for diffusion transformers exported to ONNX.",
        footer = {
            "",
            "'reprise COMMAND --help' explains a command, with examples.",
            "REPRISE_PLUGINS names jars, or folders with jars, that have policies of others."
        },
        subcommands = {
            InspectCommand.class,
            OptimizeCommand.class,
            VerifyCommand.class,
            RecordCommand.class,
            BenchCommand.class,
            MemoryCommand.class,
            DemoCommand.class,
            PlaygroundCommand.class,
            CalibrateCommand.class,
            TuneCommand.class,
            FreezeCommand.class,
            PoliciesCommand.class,
            DoctorCommand.class,
            CompletionCommand.class
        })
public final class Reprise implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private final Terminal terminal;

    /** {@link InstalledVersions} asks the command's model for it. */
    @SuppressWarnings("UnusedVariable")
    @Option(
            names = "--format",
            paramLabel = "text|json",
            defaultValue = "text",
            description = "How --version is printed. Default: ${DEFAULT-VALUE}")
    private Format format = Format.TEXT;

    @Option(names = "--debug", hidden = true, scope = CommandLine.ScopeType.INHERIT)
    private boolean debug;

    public Reprise() {
        this(Terminal.none());
    }

    private Reprise(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Runs a command line, without policies of others. */
    public static int run(Terminal terminal, PrintWriter out, PrintWriter err, String... args) {
        return run(terminal, Plugins.none(), out, err, args);
    }

    /**
     * Runs a command line.
     *
     * @return the exit code
     */
    public static int run(Terminal terminal, Plugins plugins, PrintWriter out, PrintWriter err, String... args) {
        CommandLine commandLine = new CommandLine(new Reprise(terminal));
        commandLine.setOut(out);
        commandLine.setErr(err);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setUsageHelpWidth(terminal.helpWidth());
        commandLine.setUsageHelpAutoWidth(false);
        // Model names start with anything; @argfiles surprise more than they help.
        commandLine.setExpandAtFiles(false);
        commandLine.setParameterExceptionHandler(Reprise::usageError);
        commandLine.setExecutionExceptionHandler((thrown, command, parsed) -> failure(thrown, command));
        commandLine.setExecutionStrategy(parsed -> {
            // Only now it is known what --color says.
            commandLine.setColorScheme(CommandLine.Help.defaultColorScheme(terminal.out()));
            Integer helped = CommandLine.executeHelpRequest(parsed);
            return helped != null ? helped : runCommand(parsed, plugins);
        });
        completeHelp(commandLine);
        int exitCode;
        try {
            exitCode = commandLine.execute(args);
        } catch (OutOfMemoryError | StackOverflowError e) {
            exitCode = failure(e, commandLine);
        }
        if (out.checkError()) {
            // A writer keeps its failures to itself: a full disk or a closed pipe would look like success.
            err.println("reprise: standard output failed: the result is incomplete");
            exitCode = exitCode == ExitCode.OK ? ExitCode.FAILED : exitCode;
        }
        err.flush();
        return exitCode;
    }

    private static int runCommand(CommandLine.ParseResult parsed, Plugins plugins) {
        try {
            plugins.open();
        } catch (RuntimeException e) {
            return failure(e, parsed.commandSpec().commandLine());
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "expected a command");
    }

    private static int usageError(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        printError(command, Mistyped.line(e) + " (see '" + name + " --help')");
        return ExitCode.USAGE;
    }

    private static int failure(Throwable thrown, CommandLine command) {
        Failure failure = Failure.of(thrown);
        printError(command, failure.line());
        if (root(command).debug) {
            thrown.printStackTrace(command.getErr());
        }
        return failure.exitCode();
    }

    private static void printError(CommandLine command, String line) {
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(root(command).terminal.err().string("@|bold,red " + name + ":|@ ") + line);
    }

    private static Reprise root(CommandLine command) {
        return (Reprise) command.getCommandSpec().root().userObject();
    }

    /** What every command's help has. */
    private static void completeHelp(CommandLine commandLine) {
        commandLine
                .getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec()
                        .addOption(OptionSpec.builder("-h", "--help")
                                .usageHelp(true)
                                .description("Show this help.")
                                .build()));
        List<CommandLine> all = new ArrayList<>(List.of(commandLine));
        all.addAll(commandLine.getSubcommands().values());
        for (CommandLine command : all) {
            UsageMessageSpec usage = command.getCommandSpec().usageMessage();
            usage.exitCodeListHeading("%nExit codes:%n");
            usage.exitCodeList(ExitCode.help());
        }
    }
}
