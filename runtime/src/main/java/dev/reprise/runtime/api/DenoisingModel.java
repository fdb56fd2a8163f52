package dev.reprise.runtime.api;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.ort.api.ModelRunException;
import java.util.List;
import java.util.Map;

/** A model that is evaluated once per denoising step and guidance branch: cut and cached, or as it was exported. */
public interface DenoisingModel extends AutoCloseable {
    /** Inputs, in the model's order. */
    List<TensorSpec> inputs();

    /** Outputs, in the model's order. */
    List<TensorSpec> outputs();

    /**
     * Evaluates the model. The inputs stay the caller's and must stay open and unchanged until this returns.
     *
     * @throws InvalidInputException when the inputs are not what the model expects
     * @throws ModelRunException when ONNX Runtime fails
     */
    Outputs run(Step step, Map<String, ? extends OnnxTensor> inputs);

    @Override
    void close();
}
