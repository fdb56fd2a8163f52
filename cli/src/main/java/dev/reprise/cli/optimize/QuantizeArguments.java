package dev.reprise.cli.optimize;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.inputs.InputOptions;
import dev.reprise.cli.inputs.RandomInputs;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.optimizer.api.QuantizeOptions;
import dev.reprise.verify.run.InputSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options that say how far a model may be quantized. */
final class QuantizeArguments {
    /** Element types of quantized layers. */
    private enum Type {
        int8
    }

    @Option(
            names = "--quantize",
            paramLabel = "int8",
            description =
                    "Write models in int8 too of the segments where the outputs allow it; they run where the bundle is"
                            + " opened with '--rewrites all'. Packs the weights.")
    private @Nullable Type type;

    @Option(
            names = "--max-error",
            paramLabel = "SHARE",
            description = "With --quantize: the largest error of any output that is allowed at any of the --steps,"
                    + " relative to its largest value, measured on the whole model. 0.01 is 1 %%.")
    private @Nullable Double maxError;

    @Mixin
    private InputOptions inputs = new InputOptions();

    /** The inputs that were named, or generated ones. */
    Named source(Manifest manifest, Map<String, Long> dimensions) {
        Map.Entry<String, InputSource> source =
                inputs.sources(manifest, dimensions).entrySet().iterator().next();
        boolean generated = source.getValue() instanceof RandomInputs;
        return new Named(generated ? "generated inputs" : source.getKey(), source.getValue());
    }

    /** Inputs, and what they are, for the manifest. */
    record Named(String name, InputSource steps) {}

    boolean isAsked() {
        return type != null;
    }

    /** @throws CommandException when options do not go together */
    void check(boolean dryRun, boolean measures) {
        if (type == null) {
            if (maxError != null) {
                throw CommandException.usage("--max-error is for --quantize");
            }
            if (inputs.isGiven() && !measures) {
                throw CommandException.usage("--inputs and --random are for --quantize and --measure");
            }
            return;
        }
        if (maxError == null || !(maxError > 0 && maxError < 1)) {
            throw CommandException.usage("--quantize needs --max-error, above 0 and below 1"
                    + (maxError == null ? "" : ", was " + maxError));
        }
        if (dryRun) {
            throw CommandException.usage("--quantize runs the model to measure errors: it cannot be a --dry-run");
        }
    }

    /** What was asked, for a model that was cut. */
    QuantizeOptions options(Manifest manifest, Map<String, Long> dimensions) {
        Named source = source(manifest, dimensions);
        InputSource steps = source.steps();
        List<Map<String, StoredTensor>> measured = new ArrayList<>();
        for (int step = 0; step < steps.steps(); step++) {
            measured.add(steps.inputs(step));
        }
        return new QuantizeOptions(maxError == null ? 0 : maxError, measured, source.name());
    }
}
