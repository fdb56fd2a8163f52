package dev.reprise.graph.model;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import dev.reprise.graph.HeapTooSmallException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/** Collects the protobuf of a model without its big tensors, up to a limit that the heap can take. */
final class SkeletonBuffer {
    /** Lengths of messages are known after their content: their place is reserved as a varint padded to this many bytes. */
    private static final int LENGTH_BYTES = 5;

    private static final int LARGEST = 1 << 30;

    /** The copy of it that grows, the parsed objects and their links are together about this many times as large. */
    private static final int HEAP_FACTOR = 8;

    private final Path file;
    private final int limit;
    private byte[] bytes = new byte[64 * 1024];
    private int size;
    private long weights;

    SkeletonBuffer(Path file) {
        this(file, Math.min(LARGEST, Runtime.getRuntime().maxMemory() / HEAP_FACTOR));
    }

    SkeletonBuffer(Path file, long limit) {
        this.file = file;
        this.limit = (int) limit;
    }

    /** Takes note that what follows is the content of a tensor, for the message when it does not fit. */
    void announceWeights(long more) {
        weights += more;
    }

    /**
     * Makes room.
     *
     * @param source offset in the file of what is about to be added, for the message
     */
    void require(long more, long source) {
        if (more > limit - size) {
            String reason = weights > size / 2
                    ? "weights are kept in float_data, int32_data … instead of raw_data, cannot stay in the file and are "
                            + "unsupported at this size; save the model again with raw_data or external data, or give Java a larger "
                            + "heap (-Xmx)"
                    : "the graph itself needs a larger heap (-Xmx)";
            throw new HeapTooSmallException(
                    file + ": what is left of the model without raw_data is larger than " + limit / (1 << 20)
                            + " MiB at offset " + source + ", where " + more + " more bytes follow: " + reason);
        }
        if (more > bytes.length - size) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(limit, Math.max(bytes.length * 3L / 2, size + more)));
        }
    }

    void put(ByteBuffer source, int length) {
        source.get(bytes, size, length);
        size += length;
    }

    void varint(long value, long source) {
        require(10, source);
        long left = value;
        while ((left & ~0x7fL) != 0) {
            bytes[size++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        bytes[size++] = (byte) left;
    }

    /** Appends the fields of a message to the one that is being written. */
    void content(MessageLite message, long source) throws IOException {
        int length = message.getSerializedSize();
        require(length, source);
        CodedOutputStream out = CodedOutputStream.newInstance(bytes, size, length);
        message.writeTo(out);
        out.checkNoSpaceLeft();
        size += length;
    }

    /** Reserves the length of a message whose content follows; give the result to {@link #end}. */
    int begin(long source) {
        require(LENGTH_BYTES, source);
        size += LENGTH_BYTES;
        return size;
    }

    /** Fills in the length of the message whose content began there. */
    void end(int begin) {
        int length = size - begin;
        for (int i = 0; i < LENGTH_BYTES; i++) {
            int continuation = i < LENGTH_BYTES - 1 ? 0x80 : 0;
            bytes[begin - LENGTH_BYTES + i] = (byte) (((length >>> (7 * i)) & 0x7f) | continuation);
        }
    }

    CodedInputStream input() {
        return CodedInputStream.newInstance(bytes, 0, size);
    }
}
