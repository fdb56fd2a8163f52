package dev.reprise.cli.inspect;

import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.text.Progress;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code reprise inspect}: what was found in a model, and what each policy could do with it. Writes nothing. */
@Command(
        name = "inspect",
        description = "Show the modules and blocks found in a model, and what each policy could do with them.",
        footer = {
            "",
            "Examples:",
            "  reprise inspect model.onnx",
            "  reprise inspect model.onnx --dim batch=2 --format json",
            "  reprise inspect model.onnx --block-list '^net\\.stages$' --module '.*\\.mixer'"
        })
public final class InspectCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Parameters(paramLabel = "MODEL|BUNDLE", description = "An ONNX file, or a folder that 'optimize' wrote.")
    private Path model = Path.of("");

    @Override
    public Integer call() {
        Inspection inspection;
        try (Progress progress = screen.progress()) {
            progress.phase("reading " + model);
            inspection = Inspection.of(model, identifiers.cutOptions(model));
        }
        screen.show(() -> InspectionJson.of(inspection), out -> new InspectionText(inspection, out).print());
        return ExitCode.OK;
    }
}
