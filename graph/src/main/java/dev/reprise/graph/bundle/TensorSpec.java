package dev.reprise.graph.bundle;

import dev.reprise.graph.ElementType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Name, element type and shape of a tensor.
 *
 * @param name ONNX value name
 * @param elementType element type
 * @param shape dimensions, −1 where dynamic; null where even the rank is unknown
 * @param dimensionNames names of the dynamic dimensions ("" for fixed ones); empty where unknown
 * @param typical the shape that sizes and multiply-adds were computed with (dynamic dimensions set to typical values); null where unknown
 */
public record TensorSpec(
        String name,
        ElementType elementType,
        @Nullable List<Long> shape,
        List<String> dimensionNames,
        @Nullable List<Long> typical) {

    public TensorSpec {
        shape = shape == null ? null : List.copyOf(shape);
        dimensionNames = List.copyOf(dimensionNames);
        typical = typical == null ? null : List.copyOf(typical);
        if (shape != null && shape.stream().anyMatch(dimension -> dimension < -1)) {
            throw new IllegalArgumentException(
                    "tensor '" + name + "': dimensions must be at least -1 (open), were " + shape);
        }
        if (typical != null) {
            requireSize(name, elementType, typical);
        }
    }

    private static void requireSize(String name, ElementType elementType, List<Long> typical) {
        try {
            elementType.bytes(typical);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("tensor '" + name + "': " + e.getMessage(), e);
        }
    }

    /** Whether this tensor and another one can have one shape: an open dimension and an unknown rank fit any. */
    public boolean mayHaveShapeOf(TensorSpec other) {
        if (shape == null || other.shape == null) {
            return true;
        }
        boolean may = shape.size() == other.shape.size();
        for (int i = 0; may && i < shape.size(); i++) {
            long a = shape.get(i);
            long b = other.shape.get(i);
            may = a < 0 || b < 0 || a == b;
        }
        return may;
    }

    /** Bytes for the typical shape, 0 where it is unknown. */
    public long typicalBytes() {
        return typical == null ? 0 : elementType.bytes(typical);
    }
}
