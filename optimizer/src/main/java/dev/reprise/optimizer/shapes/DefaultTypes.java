package dev.reprise.optimizer.shapes;

import dev.reprise.graph.Value;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shapes of the inputs that have a default value, as the model declares them: what a caller feeds may be larger than the default. */
final class DefaultTypes {
    private final Map<String, TensorShapeProto> declared = new HashMap<>();
    private final Map<String, Long> dimensions;

    /** @param dimensions values of open dimensions by name; where there are any, the others are those of the default value */
    DefaultTypes(OnnxModel model, Map<String, Long> dimensions) {
        this.dimensions = dimensions;
        for (ValueInfoProto input : model.proto().getGraph().getInputList()) {
            TypeProto.Tensor type = input.getType().getTensorType();
            if (type.hasShape()) {
                declared.put(input.getName(), type.getShape());
            }
        }
    }

    /** The shape with −1 for what is open; null where the model declares no rank. */
    @Nullable
    List<Long> shape(Value input) {
        TensorShapeProto shape = declared.get(input.name());
        TensorProto value = input.defaultValue();
        if (value == null || (shape == null && dimensions.isEmpty())) {
            return null;
        }
        if (shape == null || shape.getDimCount() != value.getDimsCount()) {
            return value.getDimsList();
        }
        List<Long> dims = new ArrayList<>();
        for (int i = 0; i < shape.getDimCount(); i++) {
            TensorShapeProto.Dimension dimension = shape.getDim(i);
            long otherwise = dimensions.isEmpty() ? -1 : value.getDims(i);
            dims.add(
                    dimension.hasDimValue()
                            ? Long.valueOf(dimension.getDimValue())
                            : dimensions.getOrDefault(dimension.getDimParam(), otherwise));
        }
        return dims;
    }

    List<String> dimensionNames(Value input) {
        TensorShapeProto shape = declared.get(input.name());
        return shape == null
                ? List.of()
                : shape.getDimList().stream()
                        .map(TensorShapeProto.Dimension::getDimParam)
                        .toList();
    }
}
