package dev.reprise.runtime.api;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.ort.CountedTensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The model outputs of one step, by name, in the model's order. They are the caller's: close this, or each tensor. */
public final class Outputs implements AutoCloseable {
    private final Map<String, CountedTensor> tensors;

    @SuppressWarnings("exports") // made by this module, never by its callers
    public Outputs(Map<String, CountedTensor> tensors) {
        this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /**
     * An output.
     *
     * @throws IllegalArgumentException when the model has no output of this name
     */
    public OnnxTensor get(String name) {
        CountedTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("the model has no output '" + name + "', only " + tensors.keySet());
        }
        return tensor.tensor();
    }

    /** The first output, for models with one. */
    public OnnxTensor first() {
        return tensors.values().iterator().next().tensor();
    }

    public Set<String> names() {
        return tensors.keySet();
    }

    /** Closes all outputs. A second call does nothing. */
    @Override
    public void close() {
        tensors.values().stream().filter(tensor -> tensor.owners() > 0).forEach(CountedTensor::release);
    }
}
