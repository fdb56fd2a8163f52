package dev.reprise.optimizer.api;

import dev.reprise.graph.recording.StoredTensor;
import java.util.List;
import java.util.Map;

/**
 * How far a model may be quantized to int8, and what that is measured with.
 *
 * @param maxError the largest error of any output that is allowed at any step, relative to its largest value: 0.01
 * @param steps inputs by name of each denoising step
 * @param inputs what they are, for the manifest: {@code generated inputs}, or the name of a recording
 */
public record QuantizeOptions(double maxError, List<Map<String, StoredTensor>> steps, String inputs) {
    public QuantizeOptions {
        if (!(maxError > 0 && maxError < 1)) {
            throw new IllegalArgumentException("the largest error must be above 0 and below 1, was " + maxError);
        }
        steps = List.copyOf(steps);
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("expected at least one step to measure errors with, found none");
        }
    }
}
