package dev.reprise.runtime.step;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.Transfers;
import java.util.OptionalDouble;

/** Reads the scheduler's timestep from the model's own timestep input: its first element, on the scale that the manifest declares. */
final class TimestepInput {
    private final int input;
    private final double scale;

    TimestepInput(Manifest manifest) {
        InputRoles roles = manifest.roles();
        input = manifest.inputs().stream().map(TensorSpec::name).toList().indexOf(roles.timestep());
        scale = roles.timestepScale();
    }

    /** The timestep, empty where the model has no such input or it holds no number. */
    OptionalDouble read(CountedTensor[] inputs, Transfers transfers) {
        if (input < 0 || inputs[input].elements() == 0) {
            return OptionalDouble.empty();
        }
        OnnxTensor tensor = transfers.onHost(inputs[input]);
        double value = switch (inputs[input].elementType()) {
            // ONNX Runtime converts both half types to float32.
            case FLOAT, FLOAT16, BFLOAT16 -> tensor.getFloatBuffer().get(0);
            case DOUBLE -> tensor.getDoubleBuffer().get(0);
            case INT64 -> tensor.getLongBuffer().get(0);
            case INT32 -> tensor.getIntBuffer().get(0);
            default -> Double.NaN;
        };
        return Double.isFinite(value) ? OptionalDouble.of(value * scale) : OptionalDouble.empty();
    }
}
