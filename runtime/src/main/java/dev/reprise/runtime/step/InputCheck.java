package dev.reprise.runtime.step;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.NearestNames;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.api.InvalidInputException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Checks the caller's inputs before anything runs, against what the model declares. */
public final class InputCheck {
    private final List<TensorSpec> expected;
    private final Map<String, OnnxTensor> defaults;
    private final Predicate<OnnxTensor> onDevice;
    /** Names of dynamic dimensions that several axes have: these must be equal. */
    private final List<String> shared;
    /** By input and axis: which of them it is, -1 for none. */
    private final int[][] sharedAxes;

    /**
     * @param expected every input that can be fed
     * @param defaults what stands for inputs that are not fed, by name
     * @param onDevice whether a tensor is in the memory of a device
     */
    public InputCheck(List<TensorSpec> expected, Map<String, OnnxTensor> defaults, Predicate<OnnxTensor> onDevice) {
        this.onDevice = onDevice;
        this.expected = List.copyOf(expected);
        this.defaults = Map.copyOf(defaults);
        shared = shared(expected);
        sharedAxes = expected.stream()
                .map(spec ->
                        spec.dimensionNames().stream().mapToInt(shared::indexOf).toArray())
                .toArray(int[][]::new);
    }

    private static List<String> shared(List<TensorSpec> inputs) {
        Set<String> seen = new HashSet<>();
        List<String> shared = new ArrayList<>();
        for (TensorSpec input : inputs) {
            for (String name : input.dimensionNames()) {
                if (!name.isEmpty() && !seen.add(name) && !shared.contains(name)) {
                    shared.add(name);
                }
            }
        }
        return shared;
    }

    /**
     * The inputs in the model's order, borrowed.
     *
     * @throws InvalidInputException when one is missing, unknown, closed, or of another element type or shape
     */
    public CountedTensor[] check(Map<String, ? extends OnnxTensor> inputs) {
        CountedTensor[] tensors = new CountedTensor[expected.size()];
        int[] firstWith = new int[shared.size()];
        long[] sizes = new long[shared.size()];
        int fed = 0;
        for (int i = 0; i < tensors.length; i++) {
            TensorSpec spec = expected.get(i);
            OnnxTensor fedTensor = inputs.get(spec.name());
            OnnxTensor tensor = fedTensor == null ? defaults.get(spec.name()) : fedTensor;
            if (tensor == null) {
                throw missing(spec, inputs);
            }
            tensors[i] = check(spec, tensor);
            if (fedTensor != null) {
                fed++;
                requireAgreement(i, tensors[i], firstWith, sizes);
            }
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

    /** Axes of one name have one size: a batch of 2 with the conditions of 1 would fail somewhere inside, or be broadcast. */
    private void requireAgreement(int input, CountedTensor tensor, int[] firstWith, long[] sizes) {
        int[] axes = sharedAxes[input];
        for (int axis = 0; axis < axes.length; axis++) {
            int which = axes[axis];
            if (which < 0) {
                continue;
            }
            long size = tensor.dimension(axis);
            if (firstWith[which] == 0) {
                firstWith[which] = input + 1;
                sizes[which] = size;
            } else if (sizes[which] != size) {
                throw new InvalidInputException("input '" + expected.get(input).name() + "' must be "
                        + describe(expected.get(input)) + " with " + shared.get(which) + " " + sizes[which] + ", as '"
                        + expected.get(firstWith[which] - 1).name() + "' has it, found " + tensor);
            }
        }
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

    private InvalidInputException missing(TensorSpec spec, Map<String, ?> inputs) {
        List<String> unknown =
                inputs.keySet().stream().filter(name -> !isExpected(name)).toList();
        String found = NearestNames.likely(spec.name(), unknown)
                .map(name -> ", found '" + name + "'")
                .orElse("");
        return new InvalidInputException(
                "input '" + spec.name() + "' is missing" + found + "; the model expects " + describeAll());
    }

    private boolean isExpected(String name) {
        return expected.stream().anyMatch(spec -> spec.name().equals(name));
    }

    private void rejectUnknown(Map<String, ?> inputs) {
        for (String name : inputs.keySet()) {
            if (!isExpected(name)) {
                throw new InvalidInputException("input '" + name + "' is unknown; the model expects " + describeAll()
                        + NearestNames.question(
                                name, expected.stream().map(TensorSpec::name).toList()));
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
