package dev.reprise.ort.element;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.TensorInfo.OnnxTensorType;
import com.google.common.collect.ImmutableBiMap;
import dev.reprise.graph.ElementType;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** ONNX Runtime's element types as ours. Its enum counts in its own order, so they are matched by name. */
public final class ElementTypes {
    private static final Map<OnnxTensorType, ElementType> TYPES = types();

    /** Types of tensors that Java can make and read. */
    private static final ImmutableBiMap<ElementType, OnnxJavaType> JAVA_TYPES =
            ImmutableBiMap.<ElementType, OnnxJavaType>builder()
                    .put(ElementType.FLOAT, OnnxJavaType.FLOAT)
                    .put(ElementType.DOUBLE, OnnxJavaType.DOUBLE)
                    .put(ElementType.FLOAT16, OnnxJavaType.FLOAT16)
                    .put(ElementType.BFLOAT16, OnnxJavaType.BFLOAT16)
                    .put(ElementType.INT64, OnnxJavaType.INT64)
                    .put(ElementType.INT32, OnnxJavaType.INT32)
                    .put(ElementType.INT16, OnnxJavaType.INT16)
                    .put(ElementType.INT8, OnnxJavaType.INT8)
                    .put(ElementType.UINT8, OnnxJavaType.UINT8)
                    .put(ElementType.BOOL, OnnxJavaType.BOOL)
                    .buildOrThrow();

    private ElementTypes() {}

    /** What Java calls tensors of this type, null where it can neither make nor read them. */
    public static @Nullable OnnxJavaType java(ElementType type) {
        return JAVA_TYPES.get(type);
    }

    /** The element type by Java's name, null where Java can neither make nor read such tensors. */
    public static @Nullable ElementType of(OnnxJavaType type) {
        return JAVA_TYPES.inverse().get(type);
    }

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
