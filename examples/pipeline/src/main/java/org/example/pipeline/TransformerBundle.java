package org.example.pipeline;

import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.OriginalFile;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The transformer, cut on first use. The bundle holds no weights: it refers to those of the export. */
final class TransformerBundle {
    private static final List<String> INPUTS =
            List.of("hidden_states", "encoder_hidden_states", "pooled_projections", "timestep");

    private TransformerBundle() {}

    /**
     * Opens the bundle, after making it where there is none.
     *
     * @throws UnusableExportException when it was cut from another model
     */
    static CachedTransformer open(ExportFolder export, Path bundle, SessionSettings settings) {
        if (!Files.exists(bundle)) {
            // Cutting uses ONNX Runtime too, which has one thread pool.
            settings.reserveThreads();
            Optimizer.cut(export.model("transformer"), CutOptions.DEFAULTS).write(bundle);
        }
        CachedTransformer transformer = CachedTransformer.open(bundle, settings);
        try {
            requireCutFrom(export.model("transformer"), bundle, transformer);
            requireInputs(bundle, transformer);
            return transformer;
        } catch (RuntimeException e) {
            transformer.close();
            throw e;
        }
    }

    private static void requireCutFrom(Path model, Path bundle, CachedTransformer transformer) {
        try {
            OriginalFile.require(model, transformer.manifest());
        } catch (InvalidModelException e) {
            throw new UnusableExportException(
                    bundle + ": must be cut from " + model + ", it is another model's; delete it or name another place",
                    e);
        }
    }

    private static void requireInputs(Path bundle, CachedTransformer transformer) {
        List<String> names = transformer.inputs().stream().map(TensorSpec::name).toList();
        if (!names.containsAll(INPUTS) || names.size() != INPUTS.size()) {
            throw new UnusableExportException(
                    bundle + ": the transformer must have the inputs " + INPUTS + ", it has " + names);
        }
        if (transformer.outputs().size() != 1) {
            throw new UnusableExportException(bundle + ": the transformer must have one output, it has "
                    + transformer.outputs().stream().map(TensorSpec::name).toList());
        }
    }
}
