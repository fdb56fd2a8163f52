package dev.reprise.runtime.step;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.Transfers;
import java.util.OptionalDouble;

/** Reads the scheduler's timestep from the model's own timestep input: its first element, on the scale that the manifest declares. */
public final class TimestepInput {
    private final Manifest manifest;
    private final int input;
    private final double scale;

    public TimestepInput(Manifest manifest) {
        this.manifest = manifest;
        InputRoles roles = manifest.roles();
        input = manifest.inputs().stream().map(TensorSpec::name).toList().indexOf(roles.timestep());
        scale = roles.timestepScale();
    }

    /** The timestep, empty where the model has no such input or it holds no number. */
    OptionalDouble read(CountedTensor[] inputs, Transfers transfers) {
        if (input < 0 || inputs[input].elements() == 0) {
            return OptionalDouble.empty();
        }
        double value = value(transfers.onHost(inputs[input]), inputs[input].elementType());
        return Double.isFinite(value) ? OptionalDouble.of(value * scale) : OptionalDouble.empty();
    }

    /** Whether the model has such an input. */
    public boolean exists() {
        return input >= 0;
    }

    /** Its name. */
    public String name() {
        return manifest.inputs().get(input).name();
    }

    /** The timestep in a tensor that Java can read; not finite where it holds none. */
    public double of(OnnxTensor tensor) {
        return tensor.getByteBuffer().remaining() == 0
                ? Double.NaN
                : value(tensor, manifest.inputs().get(input).elementType()) * scale;
    }

    private static double value(OnnxTensor tensor, ElementType type) {
        return switch (type) {
            // ONNX Runtime converts both half types to float32.
            case FLOAT, FLOAT16, BFLOAT16 -> tensor.getFloatBuffer().get(0);
            case DOUBLE -> tensor.getDoubleBuffer().get(0);
            case INT64 -> tensor.getLongBuffer().get(0);
            case INT32 -> tensor.getIntBuffer().get(0);
            default -> Double.NaN;
        };
    }
}
