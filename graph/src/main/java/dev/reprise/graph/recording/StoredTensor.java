package dev.reprise.graph.recording;

import dev.reprise.graph.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A tensor with its content. Equal are tensors of one type and shape with the same bits.
 *
 * @param elementType element type
 * @param shape dimensions
 * @param data the elements in row-major order, little-endian, from position to limit
 */
public record StoredTensor(ElementType elementType, List<Long> shape, ByteBuffer data) {

    public StoredTensor {
        shape = List.copyOf(shape);
        data = data.slice().order(ByteOrder.LITTLE_ENDIAN);
        long expected = elementType.bytes(shape);
        if (data.remaining() != expected) {
            throw new IllegalArgumentException("a tensor of type " + elementType + " and shape " + shape + " needs "
                    + expected + " bytes, found " + data.remaining());
        }
    }

    /** The elements, little-endian; each call returns a buffer with a position of its own. */
    @Override
    public ByteBuffer data() {
        return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
}
