package dev.reprise.ort;

import ai.onnxruntime.platform.Fp16Conversions;

/** Numbers of 16 bits, as ONNX Runtime converts them. */
public final class HalfFloats {
    private HalfFloats() {}

    public static short toFloat16(float value) {
        return Fp16Conversions.floatToFp16(value);
    }

    public static float fromFloat16(short bits) {
        return Fp16Conversions.fp16ToFloat(bits);
    }

    public static short toBfloat16(float value) {
        return Fp16Conversions.floatToBf16(value);
    }

    public static float fromBfloat16(short bits) {
        return Fp16Conversions.bf16ToFloat(bits);
    }
}
