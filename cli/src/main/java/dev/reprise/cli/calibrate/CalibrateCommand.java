package dev.reprise.cli.calibrate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.calibrate.CalibrationReport.Suggested;
import dev.reprise.cli.calibrate.CalibrationReport.Unsupported;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.inputs.ModelOptions;
import dev.reprise.cli.measure.OpenLoop;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.text.Progress;
import dev.reprise.graph.bundle.Provenance;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.verify.run.InputSource;
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
    private ModelOptions model = new ModelOptions();

    @Mixin
    private TargetOptions targets = new TargetOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "The JSON file to write. Default: the model's name with .calibration.json, beside it")
    private @Nullable Path output;

    @Override
    public Integer call() {
        targets.check();
        model.inputs().requireSource();
        Path file = output != null ? output : besideModel();
        NewFolder.requireParent(file);
        CalibrationReport report = model.open(screen, (open, progress) -> calibrate(open.transformer(), progress));
        ObjectNode json = CalibrationJson.of(report);
        NewFolder.write(file, Json.pretty(json) + "\n");
        screen.show(() -> json, out -> {
            CalibrationText.print(report, out);
            out.println("Wrote " + file + ".");
        });
        return ExitCode.OK;
    }

    private Path besideModel() {
        return model.model().resolveSibling(model.model().getFileName() + ".calibration.json");
    }

    private CalibrationReport calibrate(CachedTransformer loaded, Progress progress) {
        Map<String, InputSource> sources = model.inputs().sources(loaded.manifest(), model.dimensions());
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
