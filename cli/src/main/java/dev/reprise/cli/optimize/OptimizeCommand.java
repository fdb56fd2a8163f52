package dev.reprise.cli.optimize;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.model.ProviderOptions;
import dev.reprise.cli.text.Progress;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.MeasureOptions;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.ort.api.ModelRunException;
import dev.reprise.ort.api.SessionConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reprise optimize}: cuts a model into a bundle of per-block models that refer to the original's weights. */
@Command(
        name = "optimize",
        description =
                "Cut a model into a bundle that runs with a cache. The bundle refers to the weights in the original file.",
        footer = {
            "",
            "Examples:",
            "  reprise optimize model.onnx -o model.bundle",
            "  reprise optimize model.onnx --dry-run",
            "  reprise optimize model.onnx -o model.bundle --pack-weights --module 'transformer_blocks\\.\\d+\\.norm1'",
            "  reprise optimize model.onnx -o model.bundle --quantize int8 --max-error 0.02 --random 1",
            "  reprise optimize model.onnx -o model.bundle --measure 10"
        })
public final class OptimizeCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Parameters(paramLabel = "MODEL", description = "An ONNX file.")
    private Path model = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "BUNDLE",
            description = "The folder to write; it must not exist, or be empty.")
    private @Nullable Path output;

    @Option(names = "--dry-run", description = "Show what would be written, write nothing.")
    private boolean dryRun;

    @Option(
            names = "--pack-weights",
            description = "Copy the weights into the bundle, so that it works without the original file.")
    private boolean packWeights;

    @Option(
            names = "--no-rewrites",
            description =
                    "Write no second, faster models of segments. Which ones run is chosen when the bundle is opened.")
    private boolean noRewrites;

    @Option(
            names = "--weights",
            paramLabel = "float16|bfloat16",
            description = "Store large weights of float32 in half the size, and compute with them in float32. Packs the"
                    + " weights. Memory and time of a step stay what they are.")
    private @Nullable HalfType weights;

    /** As users write them. */
    private enum HalfType {
        float16(ElementType.FLOAT16),
        bfloat16(ElementType.BFLOAT16);

        private final ElementType elementType;

        HalfType(ElementType elementType) {
            this.elementType = elementType;
        }
    }

    @Option(
            names = "--measure",
            paramLabel = "SECONDS",
            description = "Measure on this machine what each rewrite gains, and leave out those that take longer. The"
                    + " measured runs take so many seconds together, in rounds with and without a rewrite.")
    private @Nullable Double measure;

    @Mixin
    private ProviderOptions provider = new ProviderOptions();

    @Mixin
    private QuantizeArguments quantize = new QuantizeArguments();

    @Override
    public Integer call() {
        Path bundle = output;
        if (bundle == null && !dryRun) {
            throw CommandException.usage("expected an output folder (-o BUNDLE) or --dry-run");
        }
        if (bundle != null) {
            NewFolder.requireFree(bundle);
        }
        if (Files.isDirectory(model)) {
            throw CommandException.invalid(model + ": expected an ONNX file, found a folder");
        }
        quantize.check(dryRun, measure != null);
        if (measure != null && !(measure > 0 && Double.isFinite(measure))) {
            throw CommandException.usage("--measure must be above 0 seconds, was " + measure);
        }
        if (measure != null && noRewrites) {
            throw CommandException.usage("--measure and --no-rewrites do not go together: there is nothing to measure");
        }
        if (measure == null && (provider.threads() > 0 || !provider.requested().isEmpty())) {
            throw CommandException.usage("--provider and --threads are for --measure");
        }
        SessionConfig session = measure == null
                ? SessionConfig.cpu()
                : provider.settings(screen).session();
        CutOptions cutOptions = identifiers.cutOptions().withPackedWeights(packWeights);
        if (weights != null) {
            if (quantize.isAsked()) {
                throw CommandException.usage(
                        "--weights and --quantize do not go together: int8 is made of weights in float32");
            }
            cutOptions = cutOptions.withWeightsAs(weights.elementType);
        }
        CutOptions options = noRewrites ? cutOptions.withoutRewrites() : cutOptions;
        long start = System.nanoTime();
        CutModel cut;
        try (Progress progress = screen.progress()) {
            progress.phase("reading and cutting " + model);
            cut = Optimizer.cut(model, options);
            if (measure != null) {
                cut = measured(cut, measure, session, progress);
            }
            if (bundle != null && !dryRun) {
                write(cut, bundle, progress);
            }
        }
        long nanos = System.nanoTime() - start;
        Path written = dryRun ? null : bundle;
        OptimizeResult result = new OptimizeResult(
                model,
                size(model),
                written,
                written == null ? 0 : size(written),
                packWeights || weights != null || quantize.isAsked(),
                nanos,
                written == null ? cut.manifest() : ManifestFile.read(written),
                cut.warnings());
        List<Warning> warnings = cut.warnings();
        screen.show(result::json, out -> {
            warnings.stream()
                    .filter(warning -> warning.code() != Warning.Code.CLONED)
                    .map(Warning::toString)
                    .forEach(screen::warn);
            result.print(out);
        });
        return ExitCode.OK;
    }

    private CutModel measured(CutModel cut, double seconds, SessionConfig session, Progress progress) {
        QuantizeArguments.Named source = quantize.source(cut.manifest(), identifiers.dimensions());
        try {
            return cut.measured(
                    new MeasureOptions(seconds, session, source.steps().inputs(0), source.name(), progress::phase));
        } catch (IllegalArgumentException | ModelRunException e) {
            throw CommandException.invalid("the model does not run with these inputs: " + e.getMessage());
        }
    }

    private void write(CutModel cut, Path bundle, Progress progress) {
        if (!quantize.isAsked()) {
            progress.phase("writing " + bundle);
            cut.write(bundle);
            return;
        }
        progress.phase("writing " + bundle + " and measuring which segments can be quantized");
        try {
            cut.writeQuantized(bundle, quantize.options(cut.manifest(), identifiers.dimensions()));
        } catch (IllegalArgumentException | ModelRunException e) {
            throw CommandException.invalid("the model does not run with these inputs: " + e.getMessage());
        }
    }

    private static long size(Path path) {
        try (Stream<Path> files = Files.walk(path)) {
            long sum = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
