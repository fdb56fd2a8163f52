package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.onnx.TensorProto;
import java.util.Optional;

/** Where the int8 weights of a segment go. */
public interface Int8Store {
    /**
     * Weights with a scale for each output channel: {@code W[i, o] ≈ weight[i, o] · scale[o]}.
     *
     * @param weight {@code [in, out]} in int8, from −127 to 127
     * @param scale {@code [out]} in float32
     */
    record Stored(TensorProto weight, TensorProto scale) {}

    /**
     * Quantizes a weight and stores it.
     *
     * @param weight external, two-dimensional, in float32
     * @param transposed whether it is {@code [out, in]}
     * @param weightName name of the int8 weights
     * @param scaleName name of their scales
     * @return empty where the weights are not finite
     */
    Optional<Stored> put(TensorProto weight, boolean transposed, String weightName, String scaleName);
}
