package dev.reprise.cli.calibrate;

import dev.reprise.cli.calibrate.CalibrationReport.Suggested;
import dev.reprise.cli.calibrate.CalibrationReport.Unsupported;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.inputs.InputOptions;
import dev.reprise.cli.inputs.InputSource;
import dev.reprise.cli.measure.OpenLoop;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.model.OpenBundle;
import dev.reprise.cli.model.ProviderOptions;
import dev.reprise.cli.text.Json;
import dev.reprise.cli.text.Progress;
import dev.reprise.graph.bundle.Provenance;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reprise calibrate}: measures a model and suggests parameters. */
@Command(
        name = "calibrate",
        description = {
            "Measure how a model changes from step to step, and find parameters for a speedup or a quality.",
            "",
            "Writes JSON beside the model: distances per step and context, MagCache's ratios, TeaCache's polynomial with its"
                    + " R², and a suggestion per policy and target. The inputs of a step do not depend on the outputs of the"
                    + " step before it (open loop). Use recorded inputs: generated ones say nothing about quality."
        },
        footer = {
            "",
            "Examples:",
            "  reprise calibrate model.bundle --inputs recording",
            "  reprise calibrate model.bundle --inputs cond --inputs uncond --target-speedup 1.5 --target-speedup 2",
            "  reprise calibrate model.bundle --inputs recording --target-psnr 35 --policy teacache -o teacache.json"
        })
public final class CalibrateCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ProviderOptions provider = new ProviderOptions();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Mixin
    private InputOptions inputs = new InputOptions();

    @Mixin
    private TargetOptions targets = new TargetOptions();

    @Parameters(paramLabel = "MODEL|BUNDLE", description = "A folder that 'optimize' wrote, or an ONNX file.")
    private Path model = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "The JSON file to write. Default: the model's name with .calibration.json, beside it")
    private @Nullable Path output;

    @Override
    public Integer call() {
        targets.check();
        inputs.requireSource();
        Path file = output != null ? output : model.resolveSibling(model.getFileName() + ".calibration.json");
        NewFolder.requireParent(file);
        CalibrationReport report;
        SessionSettings settings = provider.settings(screen);
        try (Progress progress = screen.progress()) {
            progress.phase("loading " + model);
            try (OpenBundle bundle = OpenBundle.of(model, identifiers.cutOptions());
                    CachedTransformer loaded = CachedTransformer.open(bundle.path(), settings)) {
                report = calibrate(loaded, progress);
            }
        }
        NewFolder.write(file, Json.pretty(CalibrationJson.of(report)) + "\n");
        screen.show(() -> CalibrationJson.of(report), out -> {
            CalibrationText.print(report, out);
            out.println("Wrote " + file + ".");
        });
        return ExitCode.OK;
    }

    private CalibrationReport calibrate(CachedTransformer loaded, Progress progress) {
        Map<String, InputSource> sources = inputs.sources(loaded.manifest(), identifiers.dimensions());
        InputSource first = sources.values().iterator().next();
        progress.phase("measuring distances");
        Map<String, List<StepFigures>> contexts = new LinkedHashMap<>();
        sources.forEach((name, source) -> contexts.put(name, Calibration.measure(loaded, source)));
        Calibration calibration = new Calibration(first.steps(), contexts);
        List<Unsupported> unsupported = new ArrayList<>();
        List<Suggested> suggestions = targets.isEmpty()
                ? List.of()
                : targets.search(calibration, new OpenLoop(loaded, first), progress, unsupported);
        Provenance provenance = loaded.manifest().provenance();
        return new CalibrationReport(
                provenance.sourceFile(), provenance.sourceHash(), calibration, suggestions, unsupported);
    }
}
