package dev.reprise.ort;

import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.TensorInfo.OnnxTensorType;
import dev.reprise.graph.ElementType;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** ONNX Runtime's element types as ours. Its enum counts in its own order, so they are matched by name. */
public final class ElementTypes {
    private static final Map<OnnxTensorType, ElementType> TYPES = types();

    private ElementTypes() {}

    /** The element type, null for those that the Java API of ONNX Runtime does not know (4-bit types). */
    public static @Nullable ElementType of(TensorInfo info) {
        return TYPES.get(info.onnxType);
    }

    private static Map<OnnxTensorType, ElementType> types() {
        String prefix = "ONNX_TENSOR_ELEMENT_DATA_TYPE_";
        Map<OnnxTensorType, ElementType> types = new EnumMap<>(OnnxTensorType.class);
        for (OnnxTensorType type : OnnxTensorType.values()) {
            for (ElementType ours : ElementType.values()) {
                if (type.name().equals(prefix + ours.name())) {
                    types.put(type, ours);
                }
            }
        }
        return Collections.unmodifiableMap(types);
    }
}
