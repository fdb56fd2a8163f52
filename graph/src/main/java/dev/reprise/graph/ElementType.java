package dev.reprise.graph;

import dev.reprise.graph.onnx.TensorProto.DataType;
import java.util.List;

/** Element type of a tensor, with the number of bits one element takes; the codes are those of ONNX {@code TensorProto.DataType}. */
public enum ElementType {
    FLOAT(DataType.FLOAT, 32),
    UINT8(DataType.UINT8, 8),
    INT8(DataType.INT8, 8),
    UINT16(DataType.UINT16, 16),
    INT16(DataType.INT16, 16),
    INT32(DataType.INT32, 32),
    INT64(DataType.INT64, 64),
    STRING(DataType.STRING, 0),
    BOOL(DataType.BOOL, 8),
    FLOAT16(DataType.FLOAT16, 16),
    DOUBLE(DataType.DOUBLE, 64),
    UINT32(DataType.UINT32, 32),
    UINT64(DataType.UINT64, 64),
    COMPLEX64(DataType.COMPLEX64, 64),
    COMPLEX128(DataType.COMPLEX128, 128),
    BFLOAT16(DataType.BFLOAT16, 16),
    FLOAT8E4M3FN(DataType.FLOAT8E4M3FN, 8),
    FLOAT8E4M3FNUZ(DataType.FLOAT8E4M3FNUZ, 8),
    FLOAT8E5M2(DataType.FLOAT8E5M2, 8),
    FLOAT8E5M2FNUZ(DataType.FLOAT8E5M2FNUZ, 8),
    UINT4(DataType.UINT4, 4),
    INT4(DataType.INT4, 4),
    FLOAT4E2M1(DataType.FLOAT4E2M1, 4),
    FLOAT8E8M0(DataType.FLOAT8E8M0, 8),
    UINT2(DataType.UINT2, 2),
    INT2(DataType.INT2, 2);

    private final DataType onnx;
    private final int bits;

    ElementType(DataType onnx, int bits) {
        this.onnx = onnx;
        this.bits = bits;
    }

    /** The ONNX code, the value of {@code TensorProto.data_type}. */
    public int code() {
        return onnx.getNumber();
    }

    /** Bytes that {@code elements} elements take; 0 for strings, whose size is not fixed. */
    public long bytes(long elements) {
        return (Math.multiplyExact(elements, (long) bits) + 7) / 8;
    }

    /**
     * Bytes that a tensor of this shape takes; 0 for strings.
     *
     * @throws IllegalArgumentException when a dimension is negative or no memory could hold the tensor
     */
    public long bytes(List<Long> shape) {
        boolean empty = false;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException("dimensions must not be negative, were " + shape);
            }
            empty |= dimension == 0;
        }
        try {
            long elements = empty ? 0 : 1;
            for (long dimension : shape) {
                elements = Math.multiplyExact(elements, dimension);
            }
            return bytes(elements);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("no memory can hold the shape " + shape, e);
        }
    }

    /** Whether arithmetic on it is floating point: what a cache policy can interpolate and compare. */
    public boolean isFloatingPoint() {
        return this == FLOAT || this == FLOAT16 || this == BFLOAT16 || this == DOUBLE;
    }

    /**
     * The type with this ONNX code.
     *
     * @throws InvalidModelException when the code is none that this version knows
     */
    public static ElementType of(int code) {
        for (ElementType type : values()) {
            if (type.code() == code) {
                return type;
            }
        }
        throw new InvalidModelException("unknown tensor element type code " + code
                + "; known codes are those of ONNX TensorProto.DataType up to INT2");
    }
}
