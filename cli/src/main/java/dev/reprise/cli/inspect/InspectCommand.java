package dev.reprise.cli.inspect;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.text.Progress;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reprise inspect}: what was found in a model, and what each policy could do with it. Writes nothing. */
@Command(
        name = "inspect",
        description = "Show the modules and blocks found in a model, and what each policy could do with them.",
        footer = {
            "",
            "Examples:",
            "  reprise inspect model.onnx",
            "  reprise inspect model.onnx --steps 20 --all",
            "  reprise inspect model.onnx --dim batch=2 --format json",
            "  reprise inspect model.onnx --block-list '^net\\.stages$' --module '.*\\.mixer'"
        })
public final class InspectCommand implements Callable<Integer> {
    private static final int MOST_STEPS = 1000;

    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "50",
            description = "Denoising steps of the generation that policies are shown for. Default: ${DEFAULT-VALUE}")
    private int steps;

    @Option(names = "--all", description = "Show every module by itself, and shapes of all of its outputs.")
    private boolean all;

    @Parameters(paramLabel = "MODEL|BUNDLE", description = "An ONNX file, or a folder that 'optimize' wrote.")
    private Path model = Path.of("");

    @Override
    public Integer call() {
        if (steps < 1 || steps > MOST_STEPS) {
            throw CommandException.usage("--steps must be in [1, " + MOST_STEPS + "], was " + steps);
        }
        Inspection inspection;
        try (Progress progress = screen.progress()) {
            progress.phase("reading " + model);
            inspection = Inspection.of(model, identifiers.cutOptions(model), steps);
        }
        screen.show(() -> InspectionJson.of(inspection), out -> new InspectionText(inspection, all, out).print());
        return ExitCode.OK;
    }
}
