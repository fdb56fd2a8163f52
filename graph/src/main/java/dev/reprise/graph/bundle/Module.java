package dev.reprise.graph.bundle;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A located module.
 *
 * @param path dotted module path, as in the PyTorch model: {@code transformer_blocks.0.attn1}
 * @param kind what it is
 * @param className Python class where the exporter recorded it
 * @param inputs tensors that enter it
 * @param outputs its outputs, which are cut tensors: values that leave it and depend on its core. The hidden states come first
 *     where the order is known
 * @param segments indices into {@link Manifest#segments()} of the segments with this module's layers: it ran when any of them ran
 * @param multiplyAdds multiply-adds inside it, for the typical shapes
 * @param weightBytes bytes of its weights
 */
public record Module(
        String path,
        ModuleKind kind,
        @Nullable String className,
        List<String> inputs,
        List<String> outputs,
        List<Integer> segments,
        long multiplyAdds,
        long weightBytes) {

    public Module {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        segments = List.copyOf(segments);
        if (multiplyAdds < 0 || weightBytes < 0) {
            throw new IllegalArgumentException("module '" + path
                    + "': multiply-adds and bytes must not be negative, were " + multiplyAdds + " and " + weightBytes);
        }
    }

    /** The same as another kind. */
    public Module withKind(ModuleKind other) {
        return new Module(path, other, className, inputs, outputs, segments, multiplyAdds, weightBytes);
    }
}
