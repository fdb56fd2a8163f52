package dev.reprise.graph.bundle;

import java.util.List;

/**
 * One per-block model: nodes that are needed under exactly the same decisions.
 *
 * @param file model file, relative to the bundle
 * @param inputs tensors it reads: model inputs and outputs of other segments
 * @param outputs tensors it produces
 * @param dependsOn model inputs that its outputs depend on, through any path
 * @param multiplyAdds multiply-adds of one run, for the typical shapes
 * @param weightBytes bytes of the weights it reads
 */
public record Segment(
        String file,
        List<String> inputs,
        List<String> outputs,
        List<String> dependsOn,
        long multiplyAdds,
        long weightBytes) {

    public Segment {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        dependsOn = List.copyOf(dependsOn);
        if (multiplyAdds < 0 || weightBytes < 0) {
            throw new IllegalArgumentException(file + ": multiply-adds and bytes must not be negative, were "
                    + multiplyAdds + " and " + weightBytes);
        }
    }
}
