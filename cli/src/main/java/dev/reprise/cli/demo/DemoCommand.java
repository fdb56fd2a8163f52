package dev.reprise.cli.demo;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.demo.DemoResult.Line;
import dev.reprise.cli.model.ProviderOptions;
import dev.reprise.cli.text.Progress;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.run.OpenBundle;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reprise demo}: optimizes the bundled digits model, draws digits with every policy, and writes pictures and a report. */
@Command(
        name = "demo",
        description = {
            "Draw the ten digits with a small trained model, without cache and with every policy, and compare.",
            "",
            "Writes DIR/report.html, one self-contained page, and DIR/digits.png, a contact sheet. Needs nothing but this"
                    + " repository; takes a few minutes."
        },
        footer = {
            "",
            "Examples:",
            "  reprise demo",
            "  reprise demo -o out --steps 50 --rounds 10",
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
            defaultValue = "3",
            description =
                    "How often every setting draws the ten digits, each time from other noise. Default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of the noise. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "Another export of the digits model. Default: the bundled one")
    private @Nullable Path model;

    @Option(
            names = "--no-timing",
            description = "Find the calibrated thresholds by multiply-adds alone: the same result on every machine.")
    private boolean untimed;

    @Override
    public Integer call() {
        requireIn("--steps", steps, 4, 200);
        requireIn("--rounds", rounds, 1, 1000);
        DemoSize size = new DemoSize(steps, rounds, seed);
        Digits digits = Digits.bundled();
        Path file = model == null ? digits.model() : model;
        List<Line> lines;
        Map<String, String> facts;
        SessionSettings settings = provider.settings(screen);
        try (Progress progress = screen.progress()) {
            progress.phase("cutting " + file);
            try (OpenBundle bundle = OpenBundle.of(file, CutOptions.DEFAULTS);
                    CachedTransformer plain = CachedTransformer.open(bundle.path(), settings.withoutExactCaching());
                    CachedTransformer exact = CachedTransformer.open(bundle.path(), settings);
                    Judge judge = new Judge(digits.classifier(), provider.threads())) {
                lines = new DemoRun(plain, exact, digits.captions(), size, !untimed, progress, screen::warn)
                        .draw(judge);
                facts = DemoFiles.facts(String.valueOf(file.getFileName()), plain.manifest(), size);
            }
        }
        DemoFiles.write(output, lines.stream().map(Line::report).toList(), facts)
                .ifPresent(screen::warn);
        DemoResult result = new DemoResult(
                output.resolve(DemoFiles.REPORT), output.resolve(DemoFiles.PICTURE), steps, size.samples(), lines);
        screen.show(result::json, result::print);
        return ExitCode.OK;
    }

    private static void requireIn(String option, int value, int low, int high) {
        if (value < low || value > high) {
            throw CommandException.usage(option + " must be in [" + low + ", " + high + "], was " + value);
        }
    }
}
