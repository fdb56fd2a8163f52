package dev.reprise.cli.optimize;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.CommandException;
import dev.reprise.cli.ExitCode;
import dev.reprise.cli.Screen;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.text.Json;
import dev.reprise.cli.text.Progress;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Units;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.Warning;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
                "Cut a model into a bundle that runs cached. The bundle refers to the weights in the original file.",
        footer = {
            "",
            "Examples:",
            "  reprise optimize model.onnx -o model.bundle",
            "  reprise optimize model.onnx --dry-run",
            "  reprise optimize model.onnx -o model.bundle --pack-weights --module 'transformer_blocks\\.\\d+\\.norm1'"
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
        CutOptions given = identifiers.cutOptions();
        CutOptions options = new CutOptions(given.blockLists(), given.modules(), given.dimensions(), packWeights);
        long start = System.nanoTime();
        CutModel cut;
        try (Progress progress = screen.progress()) {
            progress.phase("reading and cutting " + model);
            cut = Optimizer.cut(model, options);
            if (bundle != null && !dryRun) {
                progress.phase("writing " + bundle);
                cut.write(bundle);
            }
        }
        long nanos = System.nanoTime() - start;
        report(cut, dryRun ? null : bundle, nanos);
        return ExitCode.OK;
    }

    private void report(CutModel cut, @Nullable Path bundle, long nanos) {
        Manifest manifest = cut.manifest();
        long before = size(model);
        long after = bundle == null ? 0 : size(bundle);
        if (screen.json()) {
            ObjectNode json = Json.object();
            json.put("model", model.toString());
            json.put("bundle", bundle == null ? null : bundle.toString());
            json.put("segments", manifest.segments().size());
            json.put("modules", manifest.modules().size());
            json.put(
                    "blocks",
                    manifest.chain() == null ? 0 : manifest.chain().blocks().size());
            json.put("multiply_adds", manifest.multiplyAdds());
            json.put("model_bytes", before);
            json.put("bundle_bytes", after);
            json.put("seconds", nanos / 1e9);
            ArrayNode warnings = json.putArray("warnings");
            for (Warning warning : cut.warnings()) {
                warnings.addObject().put("code", warning.code().name()).put("message", warning.message());
            }
            screen.print(json);
            return;
        }
        cut.warnings().stream()
                .filter(warning -> warning.code() != Warning.Code.CLONED)
                .map(Warning::toString)
                .forEach(screen::warn);
        PrintWriter out = screen.out();
        Table table = new Table("", ">BEFORE", ">AFTER");
        table.row("model files", "1", Integer.toString(manifest.segments().size()));
        table.row("bytes on disk", Units.bytes(before), bundle == null ? "–" : "+ " + Units.bytes(after));
        table.row(
                "multiply-adds of a step", Units.count(manifest.multiplyAdds()), Units.count(manifest.multiplyAdds()));
        table.row(
                "tensors between them", "0", Integer.toString(manifest.tensors().size()));
        table.print(out, "");
        out.println();
        out.println(
                (bundle == null ? "Would write a bundle" : "Wrote " + bundle) + " in " + Units.millis((double) nanos)
                        + (packWeights ? ", weights included." : ", weights stay in " + model + "."));
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
