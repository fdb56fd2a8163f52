package dev.reprise.cli.demo;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.model.ProviderOptions;
import dev.reprise.cli.report.GenerationReport;
import dev.reprise.cli.text.Progress;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.run.OpenBundle;
import dev.reprise.verify.run.Original;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reprise demo}: draws with a bundled model, as it is and with policies, and writes pictures and a report. */
@Command(
        name = "demo",
        description = {
            "Draw with a small trained model, as it was exported and with four cache policies, and compare.",
            "",
            "Writes DIR/report.html, one self-contained page, after every setting; then DIR/samples.png, a contact sheet. Needs"
                    + " nothing but this repository. Takes less than a minute; --all, every policy, takes several."
        },
        footer = {
            "",
            "Examples:",
            "  reprise demo",
            "  reprise demo --model video",
            "  reprise demo --all -o out --steps 50 --rounds 10",
            "  reprise demo --format json"
        })
public final class DemoCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ProviderOptions provider = new ProviderOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = "reprise-demo",
            description =
                    "The folder to write; what an earlier demo wrote there is replaced. Default: ${DEFAULT-VALUE}")
    private Path output = Path.of("reprise-demo");

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "30",
            description = "Denoising steps, 4 to 200. Default: ${DEFAULT-VALUE}")
    private int steps;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description =
                    "How often every setting draws all prompts, each time from other noise. Default: 3; for the video model 2")
    private @Nullable Integer rounds;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of the noise. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--model",
            paramLabel = "digits|video",
            defaultValue = "digits",
            description =
                    "What to draw: handwritten digits, or short videos of a moving shape. Default: ${DEFAULT-VALUE}")
    private Bundled model = Bundled.DIGITS;

    @Option(
            names = "--file",
            paramLabel = "MODEL",
            description = "Another export of the same model. Default: the bundled one")
    private @Nullable Path file;

    @Option(names = "--all", description = "Every policy, at three settings where there is something to set.")
    private boolean all;

    @Option(
            names = "--no-timing",
            description =
                    "With --all: find the calibrated thresholds by multiply-adds alone, the same on every machine.")
    private boolean untimed;

    /** The models that {@code --model} names. */
    enum Bundled {
        DIGITS,
        VIDEO;

        DemoModel open() {
            return this == DIGITS ? DemoModel.digits() : DemoModel.video();
        }
    }

    @Override
    public Integer call() {
        requireIn("--steps", steps, 4, 200);
        if (rounds != null) {
            requireIn("--rounds", rounds, 1, 1000);
        }
        DemoModel bundled = model.open();
        DemoSize size = new DemoSize(steps, rounds == null ? bundled.rounds() : rounds, seed);
        Path onnx = file == null ? bundled.model() : file;
        SessionSettings settings = provider.settings(screen);
        List<GenerationReport> reports = new ArrayList<>();
        try (Progress progress = screen.progress()) {
            progress.phase("cutting " + onnx);
            try (OpenBundle bundle = OpenBundle.of(onnx, CutOptions.DEFAULTS);
                    CachedTransformer cut = CachedTransformer.open(bundle.path(), settings);
                    Original original = Original.of(onnx, null, bundle.path(), cut.manifest(), settings);
                    Judge judge = new Judge(bundled, provider.threads())) {
                DemoFiles files = new DemoFiles(output, bundled, size, onnx, cut.manifest());
                DemoRun run = new DemoRun(bundled, original.model(), cut, size, progress, screen::warn);
                Consumer<List<GenerationReport>> drawn = soFar -> {
                    reports.clear();
                    reports.addAll(soFar);
                    files.write(soFar, false);
                };
                if (all) {
                    run.drawAll(!untimed, judge, drawn);
                } else {
                    run.draw(judge, drawn);
                }
                files.write(reports, true);
                files.remark().ifPresent(screen::warn);
            }
        }
        int samples = size.rounds() * bundled.prompts().size();
        DemoResult result = new DemoResult(
                output.resolve(DemoFiles.REPORT),
                output.resolve(DemoFiles.PICTURE),
                bundled.name(),
                steps,
                samples,
                reports);
        screen.show(result::json, result::print);
        return ExitCode.OK;
    }

    private static void requireIn(String option, int value, int low, int high) {
        if (value < low || value > high) {
            throw CommandException.usage(option + " must be in [" + low + ", " + high + "], was " + value);
        }
    }
}
