package dev.reprise.runtime.tune;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs a model and takes the time of each step. */
final class StepClock implements DenoisingModel {
    private final DenoisingModel model;
    private final List<Double> millis = new ArrayList<>();

    StepClock(DenoisingModel model) {
        this.model = model;
    }

    @Override
    public List<TensorSpec> inputs() {
        return model.inputs();
    }

    @Override
    public List<TensorSpec> outputs() {
        return model.outputs();
    }

    @Override
    public Outputs run(Step step, Map<String, ? extends OnnxTensor> inputs) {
        long start = System.nanoTime();
        Outputs outputs = model.run(step, inputs);
        double taken = (System.nanoTime() - start) / 1e6;
        // Guidance branches that are run one after the other are one step.
        while (millis.size() <= step.index()) {
            millis.add(0.0);
        }
        millis.set(step.index(), millis.get(step.index()) + taken);
        return outputs;
    }

    /** The time of each step. */
    List<Double> millis() {
        return List.copyOf(millis);
    }

    double mean() {
        return millis.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }

    @Override
    public void close() {}
}
