package dev.reprise.graph.recording;

import com.google.common.collect.ImmutableBiMap;
import dev.reprise.graph.ElementType;
import org.jspecify.annotations.Nullable;

/** What safetensors calls the element types. */
final class SafetensorsType {
    private static final ImmutableBiMap<String, ElementType> TYPES = ImmutableBiMap.<String, ElementType>builder()
            .put("BOOL", ElementType.BOOL)
            .put("U8", ElementType.UINT8)
            .put("I8", ElementType.INT8)
            .put("U16", ElementType.UINT16)
            .put("I16", ElementType.INT16)
            .put("U32", ElementType.UINT32)
            .put("I32", ElementType.INT32)
            .put("U64", ElementType.UINT64)
            .put("I64", ElementType.INT64)
            .put("F16", ElementType.FLOAT16)
            .put("BF16", ElementType.BFLOAT16)
            .put("F32", ElementType.FLOAT)
            .put("F64", ElementType.DOUBLE)
            .put("F8_E4M3", ElementType.FLOAT8E4M3FN)
            .put("F8_E5M2", ElementType.FLOAT8E5M2)
            .put("C64", ElementType.COMPLEX64)
            .buildOrThrow();

    private SafetensorsType() {}

    /** The type of this name, null where there is none. */
    static @Nullable ElementType of(String name) {
        return TYPES.get(name);
    }

    /** The name of this type, null where safetensors has none. */
    static @Nullable String name(ElementType type) {
        return TYPES.inverse().get(type);
    }

    static String names() {
        return TYPES.keySet().toString();
    }
}
