package dev.reprise.runtime.step;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.api.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Checks the caller's inputs before anything runs, against what the model declares. */
public final class InputCheck {
    private final List<TensorSpec> expected;
    private final Map<String, OnnxTensor> defaults;
    private final Predicate<OnnxTensor> onDevice;

    /**
     * @param expected every input that can be fed
     * @param defaults what stands for inputs that are not fed, by name
     * @param onDevice whether a tensor is in the memory of a device
     */
    public InputCheck(List<TensorSpec> expected, Map<String, OnnxTensor> defaults, Predicate<OnnxTensor> onDevice) {
        this.onDevice = onDevice;
        this.expected = List.copyOf(expected);
        this.defaults = Map.copyOf(defaults);
    }

    /**
     * The inputs in the model's order, borrowed.
     *
     * @throws InvalidInputException when one is missing, unknown, closed, or of another element type or shape
     */
    public CountedTensor[] check(Map<String, ? extends OnnxTensor> inputs) {
        CountedTensor[] tensors = new CountedTensor[expected.size()];
        int fed = 0;
        for (int i = 0; i < tensors.length; i++) {
            TensorSpec spec = expected.get(i);
            OnnxTensor tensor = inputs.get(spec.name());
            if (tensor == null) {
                tensor = defaults.get(spec.name());
            } else {
                fed++;
            }
            if (tensor == null) {
                throw new InvalidInputException(
                        "input '" + spec.name() + "' is missing; the model expects " + describeAll());
            }
            tensors[i] = check(spec, tensor);
        }
        if (inputs.size() != fed) {
            rejectUnknown(inputs);
        }
        return tensors;
    }

    private CountedTensor check(TensorSpec spec, OnnxTensor tensor) {
        if (tensor.isClosed()) {
            throw new InvalidInputException("input '" + spec.name() + "' is a closed tensor");
        }
        CountedTensor found = CountedTensor.borrowed(tensor, spec.elementType(), onDevice.test(tensor));
        if (found.elementType() != spec.elementType() || !fits(spec.shape(), found)) {
            throw new InvalidInputException(
                    "input '" + spec.name() + "' must be " + describe(spec) + ", found " + found);
        }
        return found;
    }

    private static boolean fits(@Nullable List<Long> shape, CountedTensor tensor) {
        if (shape == null) {
            return true;
        }
        if (shape.size() != tensor.rank()) {
            return false;
        }
        for (int axis = 0; axis < tensor.rank(); axis++) {
            long fixed = shape.get(axis);
            if (fixed >= 0 && fixed != tensor.dimension(axis)) {
                return false;
            }
        }
        return true;
    }

    private void rejectUnknown(Map<String, ?> inputs) {
        for (String name : inputs.keySet()) {
            if (expected.stream().noneMatch(spec -> spec.name().equals(name))) {
                throw new InvalidInputException("input '" + name + "' is unknown; the model expects " + describeAll());
            }
        }
    }

    private String describeAll() {
        List<String> all = new ArrayList<>();
        for (TensorSpec spec : expected) {
            all.add(spec.name() + " " + describe(spec) + (defaults.containsKey(spec.name()) ? " (optional)" : ""));
        }
        return String.join(", ", all);
    }

    /** {@code FLOAT[batch, 4, 32, 32]}. */
    private static String describe(TensorSpec spec) {
        ElementType type = spec.elementType();
        if (spec.shape() == null) {
            return type + " of any shape";
        }
        List<String> dimensions = new ArrayList<>();
        for (int axis = 0; axis < spec.shape().size(); axis++) {
            long dimension = spec.shape().get(axis);
            String name =
                    axis < spec.dimensionNames().size() ? spec.dimensionNames().get(axis) : "";
            dimensions.add(dimension >= 0 ? Long.toString(dimension) : name.isEmpty() ? "any" : name);
        }
        return type + "[" + String.join(", ", dimensions) + "]";
    }
}
