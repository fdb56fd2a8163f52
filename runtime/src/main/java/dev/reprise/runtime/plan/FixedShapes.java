package dev.reprise.runtime.plan;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shapes of the tensors between stages, for a model whose inputs all have fixed ones.
 *
 * <p>ONNX Runtime infers shapes from the inputs of the whole model on, through arithmetic on shapes that it computes while it
 * optimizes. A session that begins in the middle has nothing to infer them from: it would leave operators apart that the whole
 * model runs as one, and pack their weights in another form, beside the one that other sessions share.
 */
final class FixedShapes {
    private final Map<String, List<Long>> shapes = new HashMap<>();

    FixedShapes(Manifest manifest) {
        if (manifest.inputs().stream().allMatch(FixedShapes::isFixed)) {
            manifest.tensors().forEach(this::add);
        }
    }

    private static boolean isFixed(TensorSpec input) {
        List<Long> shape = input.shape();
        return shape != null && shape.stream().allMatch(dimension -> dimension >= 0);
    }

    private void add(TensorSpec tensor) {
        if (tensor.typical() != null && !isFixed(tensor)) {
            shapes.put(tensor.name(), tensor.typical());
        }
    }

    /** The declaration of a tensor with its shape, if that is known. */
    ValueInfoProto declare(ValueInfoProto tensor) {
        @Nullable List<Long> shape = shapes.get(tensor.getName());
        if (shape == null) {
            return tensor;
        }
        TensorShapeProto.Builder declared = TensorShapeProto.newBuilder();
        shape.forEach(dimension -> declared.addDimBuilder().setDimValue(dimension));
        ValueInfoProto.Builder result = tensor.toBuilder();
        result.getTypeBuilder().getTensorTypeBuilder().setShape(declared);
        return result.build();
    }
}
