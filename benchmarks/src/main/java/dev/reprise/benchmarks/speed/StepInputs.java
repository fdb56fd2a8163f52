package dev.reprise.benchmarks.speed;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.NativeTensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * Random inputs of a model with fixed shapes. As in a generation, latents and timestep are others at every step, and all else stays.
 */
final class StepInputs implements AutoCloseable {
    private final Manifest model;
    private final Random random = new Random(1);
    private final Map<String, OnnxTensor> inputs = new HashMap<>();

    StepInputs(Manifest model) {
        this.model = model;
        model.inputs().forEach(this::renew);
    }

    /** The inputs of the next step. */
    Map<String, OnnxTensor> next() {
        for (TensorSpec input : model.inputs()) {
            String name = input.name();
            if (name.equals(model.roles().latents())
                    || name.equals(model.roles().timestep())) {
                renew(input);
            }
        }
        return inputs;
    }

    /** The inputs of a step as they may be kept in a file. */
    Map<String, StoredTensor> stored() {
        Map<String, StoredTensor> stored = new HashMap<>();
        model.inputs().forEach(input -> stored.put(input.name(), stored(input, shape(input))));
        return stored;
    }

    private static List<Long> shape(TensorSpec input) {
        return Objects.requireNonNull(input.typical(), input.name() + " needs a known shape");
    }

    private void renew(TensorSpec input) {
        OnnxTensor before = inputs.put(input.name(), NativeTensors.toNative(stored(input, shape(input))));
        if (before != null) {
            before.close();
        }
    }

    private StoredTensor stored(TensorSpec input, List<Long> shape) {
        ElementType type = input.elementType();
        ByteBuffer content =
                ByteBuffer.allocate(Math.toIntExact(type.bytes(shape))).order(ByteOrder.LITTLE_ENDIAN);
        double timestep = (1 + random.nextInt(999)) / model.roles().timestepScale();
        while (content.hasRemaining()) {
            double value = input.name().equals(model.roles().timestep()) ? timestep : random.nextGaussian();
            switch (type) {
                case FLOAT -> content.putFloat((float) value);
                case INT64 -> content.putLong(Math.round(Math.abs(value)));
                default -> throw new IllegalArgumentException(input.name() + ": no random values of type " + type);
            }
        }
        return new StoredTensor(type, shape, content.flip());
    }

    @Override
    public void close() {
        inputs.values().forEach(OnnxTensor::close);
    }
}
