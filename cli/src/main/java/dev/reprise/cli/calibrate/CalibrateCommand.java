package dev.reprise.cli.calibrate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.calibrate.CalibrationReport.Suggested;
import dev.reprise.cli.calibrate.CalibrationReport.Unsupported;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.inputs.ModelOptions;
import dev.reprise.cli.inputs.ModelOptions.OpenModel;
import dev.reprise.cli.measure.OpenLoop;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.model.OriginalOption;
import dev.reprise.cli.text.Progress;
import dev.reprise.cli.text.Wrap;
import dev.reprise.graph.bundle.Provenance;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Original;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.text.Json;
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

/** {@code reprise calibrate}: measures a model and suggests parameters. */
@Command(
        name = "calibrate",
        description = {
            "Measure how a model changes from step to step, and find parameters for a speedup or a quality.",
            "",
            "A speedup is over the original model in a plain session with default options and the same threads. The"
                + " best policy for each target comes first, with what to type and what to write in Java. Exit code 1"
                + " when no policy reaches a target.",
            "",
            "Writes JSON beside the model: distances per step and context, MagCache's ratios, TeaCache's polynomial"
                + " with its R², SenCache's sensitivities where asked for, and a suggestion per policy and target. The"
                + " inputs of a step do not depend on the outputs of the step before it (open loop). Use recorded"
                + " inputs: generated ones say nothing about quality."
        },
        footer = {
            "",
            "Examples:",
            "  reprise calibrate model.bundle --inputs recording",
            "  reprise calibrate model.bundle --random 1 --target-speedup 1.5 --no-timing",
            "  reprise calibrate model.bundle --inputs cond --inputs uncond --target-speedup 1.5 --target-speedup 2",
            "  reprise calibrate model.bundle --inputs recording --target-psnr 35 --policy teacache -o teacache.json"
        })
public final class CalibrateCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private TargetOptions targets = new TargetOptions();

    @Mixin
    private OriginalOption original = new OriginalOption();

    @Option(names = "--all", description = "Print the distances of every step, too.")
    private boolean all;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "The JSON file to write. Default: the model's name with .calibration.json, beside it")
    private @Nullable Path output;

    @Option(
            names = "--sensitivity",
            description = "Also measure SenCache's sensitivities; runs every step two more times")
    private boolean sensitivity;

    @Override
    public Integer call() {
        targets.check();
        model.inputs().requireSource();
        Path file = output != null ? output : besideModel();
        NewFolder.requireParent(file);
        CalibrationReport report = model.open(screen, this::calibrate);
        ObjectNode json = CalibrationJson.of(report);
        NewFolder.write(file, Json.pretty(json) + "\n");
        screen.show(() -> json, out -> {
            CalibrationText.print(report, model.model(), file, all, out);
            Wrap.print(out, "", "Wrote " + file + ".");
        });
        report.requireReached();
        return ExitCode.OK;
    }

    private Path besideModel() {
        return model.model().resolveSibling(model.model().getFileName() + ".calibration.json");
    }

    private CalibrationReport calibrate(OpenModel open, Progress progress) {
        try (Original unsplit = open.original(model.model(), original.file())) {
            return calibrate(open.transformer(), unsplit, progress);
        }
    }

    private CalibrationReport calibrate(CachedTransformer loaded, Original unsplit, Progress progress) {
        Map<String, InputSource> sources = model.inputs().sources(loaded.manifest(), model.dimensions());
        InputSource first = sources.values().iterator().next();
        progress.phase("measuring distances");
        Map<String, List<StepFigures>> contexts = new LinkedHashMap<>();
        sources.forEach((name, source) -> contexts.put(name, Calibration.measure(loaded, source)));
        Calibration calibration = new Calibration(first.steps(), contexts);
        Sensitivities sensitivities = null;
        if (sensitivity) {
            progress.phase("measuring sensitivities");
            sensitivities = Sensitivities.mean(sources.values().stream()
                    .map(source -> Sensitivities.measure(loaded, source))
                    .toList());
        }
        List<Unsupported> unsupported = new ArrayList<>();
        List<Suggested> suggestions = targets.isEmpty()
                ? List.of()
                : targets.search(calibration, new OpenLoop(loaded, unsplit, first), progress, unsupported);
        Provenance provenance = loaded.manifest().provenance();
        return new CalibrationReport(
                provenance.sourceFile(),
                provenance.sourceHash(),
                calibration,
                sensitivities,
                cut(loaded, unsplit, first, progress),
                suggestions,
                unsupported);
    }

    /** What cutting alone does to the time; null where nobody asks about time. */
    private @Nullable PairedSpeedup cut(
            CachedTransformer loaded, Original unsplit, InputSource source, Progress progress) {
        if (targets.isEmpty() || !targets.timed()) {
            return null;
        }
        progress.phase("comparing the cut model with the original");
        try (CachedTransformer generation = loaded.newGeneration()) {
            return unsplit.speedupOf(generation, source);
        }
    }
}
