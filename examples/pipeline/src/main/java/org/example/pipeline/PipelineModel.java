package org.example.pipeline;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.runtime.OriginalModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A model of the export that runs once for a picture, with one input. */
final class PipelineModel implements AutoCloseable {
    private final Path file;
    private final OriginalModel model;
    private final TensorSpec input;

    private PipelineModel(Path file, OriginalModel model, TensorSpec input) {
        this.file = file;
        this.model = model;
        this.input = input;
    }

    static PipelineModel open(Path file, SessionSettings settings, String input) {
        OriginalModel model = OriginalModel.openPlain(file, settings);
        List<String> names = model.inputs().stream().map(TensorSpec::name).toList();
        if (!names.equals(List.of(input))) {
            model.close();
            throw new UnusableExportException(file + ": must have the input " + input + " alone, has " + names);
        }
        return new PipelineModel(file, model, model.inputs().get(0));
    }

    TensorSpec input() {
        return input;
    }

    /**
     * Requires an output.
     *
     * @param why it may be missing
     */
    void requireOutput(String name, String why) {
        List<String> names = model.outputs().stream().map(TensorSpec::name).toList();
        if (!names.contains(name)) {
            throw new UnusableExportException(file + ": must have the output " + name + why + ", has " + names);
        }
    }

    /** Runs it. The tensor stays the caller's; the outputs are too. */
    Outputs run(OnnxTensor tensor) {
        return model.run(Step.at(0, 1), Map.of(input.name(), tensor));
    }

    @Override
    public void close() {
        model.close();
    }
}
