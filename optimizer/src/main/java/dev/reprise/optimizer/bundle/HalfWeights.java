package dev.reprise.optimizer.bundle;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.ort.HalfFloats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Weights of float32, rounded to 16 bits. */
final class HalfWeights {
    /** Elements at a time. */
    private static final int CHUNK = 1 << 18;

    private HalfWeights() {}

    /**
     * Reads a weight and writes it in half the size.
     *
     * @param source the file that it is in
     * @param type float16 or bfloat16
     * @param at first byte in the target
     * @param name for messages
     * @throws InvalidModelException where a finite number is beyond float16
     */
    static void write(Path source, WeightRange range, ElementType type, FileChannel target, long at, String name)
            throws IOException {
        ByteBuffer floats = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer halves = ByteBuffer.allocate(CHUNK * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel in = FileChannel.open(source, StandardOpenOption.READ)) {
            long read = 0;
            long written = at;
            while (read < range.length()) {
                floats.clear().limit((int) Math.min(floats.capacity(), range.length() - read));
                range.read(in, read, floats);
                read += floats.limit();
                halves.clear();
                for (floats.flip(); floats.hasRemaining(); ) {
                    halves.putShort(rounded(floats.getFloat(), type, name));
                }
                for (halves.flip(); halves.hasRemaining(); ) {
                    written += target.write(halves, written);
                }
            }
        }
    }

    private static short rounded(float value, ElementType type, String name) {
        if (type == ElementType.BFLOAT16) {
            return HalfFloats.toBfloat16(value);
        }
        short half = HalfFloats.toFloat16(value);
        if (Float.isInfinite(HalfFloats.fromFloat16(half)) && !Float.isInfinite(value)) {
            throw new InvalidModelException("weight '" + name + "' has the number " + value
                    + ", which is beyond float16 (65504); store the weights as bfloat16");
        }
        return half;
    }
}
