package dev.reprise.verify.run;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.recording.StoredTensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Native inputs of one step after another. An input that does not change from step to step stays the same native tensor, as it
 * does in a denoising loop; exact caching sees that at once.
 */
final class StepInputs implements AutoCloseable {
    private final Map<String, StoredTensor> stored = new LinkedHashMap<>();
    private final Map<String, OnnxTensor> open = new LinkedHashMap<>();

    /** The inputs of the next step; they stay this object's. */
    Map<String, OnnxTensor> next(Map<String, StoredTensor> inputs) {
        for (Map.Entry<String, StoredTensor> input : inputs.entrySet()) {
            if (input.getValue().equals(stored.get(input.getKey()))) {
                continue;
            }
            OnnxTensor tensor = Tensors.toNative(input.getValue());
            OnnxTensor replaced = open.put(input.getKey(), tensor);
            stored.put(input.getKey(), input.getValue());
            if (replaced != null) {
                replaced.close();
            }
        }
        return Collections.unmodifiableMap(open);
    }

    @Override
    public void close() {
        open.values().forEach(OnnxTensor::close);
        open.clear();
        stored.clear();
    }
}
