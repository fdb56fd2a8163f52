package dev.reprise.optimizer.quantize;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.rewrite.Int8Store;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * The int8 weights of one segment in a file of their own, so that those of a segment that is not chosen are deleted with it. The heap
 * holds one weight at a time, in int8.
 */
final class Int8File implements Int8Store, Closeable {
    private static final int MOST = 127;
    /** Cache lines and vector loads want it. */
    private static final long ALIGNMENT = 64;

    private static final int CHUNK = 1 << 20;

    private final Path folder;
    private final String name;
    private final FileChannel file;
    private long end;

    /**
     * Begins a file.
     *
     * @param folder of the bundle's weights, which the names of weight files resolve against
     * @param name of the new file in it
     */
    Int8File(Path folder, String name) throws IOException {
        this.folder = folder;
        this.name = name;
        this.file = FileChannel.open(folder.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public Optional<Stored> put(TensorProto weight, boolean transposed, String weightName, String scaleName) {
        try {
            Rows rows = new Rows(weight);
            float[] largest = largest(rows, transposed);
            for (float bound : largest) {
                if (!Float.isFinite(bound)) {
                    return Optional.empty();
                }
            }
            byte[] quantized = quantized(rows, largest, transposed);
            long outputs = largest.length;
            ByteBuffer scales =
                    ByteBuffer.allocate(largest.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (float bound : largest) {
                scales.putFloat(bound / MOST);
            }
            return Optional.of(new Stored(
                    tensor(
                            weightName,
                            ElementType.INT8,
                            List.of(quantized.length / outputs, outputs),
                            write(ByteBuffer.wrap(quantized))),
                    tensor(scaleName, ElementType.FLOAT, List.of(outputs), write(scales.flip()))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** The largest magnitude of each output channel; NaN where there is one. */
    private static float[] largest(Rows rows, boolean transposed) throws IOException {
        float[] largest = new float[transposed ? rows.count : rows.length];
        rows.each((row, values) -> {
            for (int i = 0; i < values.length; i++) {
                int output = transposed ? row : i;
                largest[output] = Math.max(largest[output], Math.abs(values[i]));
            }
        });
        return largest;
    }

    private static byte[] quantized(Rows rows, float[] largest, boolean transposed) throws IOException {
        byte[] quantized = new byte[Math.multiplyExact(rows.count, rows.length)];
        float[] inverse = new float[largest.length];
        for (int i = 0; i < inverse.length; i++) {
            // A channel of zeros has no scale.
            inverse[i] = largest[i] == 0 ? 0 : MOST / largest[i];
        }
        rows.each((row, values) -> {
            for (int i = 0; i < values.length; i++) {
                int at = transposed ? i * rows.count + row : row * rows.length + i;
                int rounded = Math.round(values[i] * inverse[transposed ? row : i]);
                quantized[at] = (byte) Math.max(-MOST, Math.min(MOST, rounded));
            }
        });
        return quantized;
    }

    private WeightRange write(ByteBuffer content) throws IOException {
        long at = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        WeightRange range = new WeightRange(name, at, content.remaining());
        while (content.hasRemaining()) {
            at += file.write(content, at);
        }
        end = at;
        return range;
    }

    private static TensorProto tensor(String name, ElementType type, List<Long> shape, WeightRange range) {
        return range.applyTo(TensorProto.newBuilder()
                        .setName(name)
                        .setDataType(type.code())
                        .addAllDims(shape))
                .build();
    }

    /** A stored matrix in float32, read row by row. */
    private final class Rows {
        private final WeightRange range;
        private final int count;
        private final int length;

        private interface Visit {
            void row(int row, float[] values);
        }

        Rows(TensorProto weight) {
            range = WeightRange.of(weight);
            count = Math.toIntExact(weight.getDims(0));
            length = Math.toIntExact(weight.getDims(1));
        }

        void each(Visit visit) throws IOException {
            float[] values = new float[length];
            int rowsAtOnce = Math.max(1, CHUNK / (length * Float.BYTES));
            ByteBuffer chunk =
                    ByteBuffer.allocate(rowsAtOnce * length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            try (FileChannel in = FileChannel.open(folder.resolve(range.location()), StandardOpenOption.READ)) {
                for (int first = 0; first < count; first += rowsAtOnce) {
                    int rows = Math.min(rowsAtOnce, count - first);
                    chunk.clear().limit(rows * length * Float.BYTES);
                    range.read(in, (long) first * length * Float.BYTES, chunk);
                    FloatBuffer floats = chunk.flip().asFloatBuffer();
                    for (int row = 0; row < rows; row++) {
                        floats.get(values);
                        visit.row(first + row, values);
                    }
                }
            }
        }
    }
}
