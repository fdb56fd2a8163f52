package dev.reprise.benchmarks.memory;

import dev.reprise.graph.onnx.StringStringEntryProto;
import dev.reprise.graph.onnx.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/**
 * Writes random weights of type float one behind the other into a file. A sparse one has random numbers in the first page of each weight and
 * zeros, which take no room on the disk, in the others: no two weights are the same, so nothing takes them for copies of one another.
 */
final class WeightFile implements AutoCloseable {
    private static final int PAGE = 4096;

    private final String name;
    private final FileChannel channel;
    private final boolean sparse;
    private final SplittableRandom random = new SplittableRandom(7);
    private long end;

    WeightFile(Path folder, String name, boolean sparse) throws IOException {
        this.name = name;
        this.sparse = sparse;
        channel = FileChannel.open(
                folder.resolve(name),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE);
    }

    /** Appends a weight whose elements lie around a mean. */
    TensorProto add(String weight, double mean, double deviation, long... dimensions) throws IOException {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(weight)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL);
        long bytes = Float.BYTES;
        for (long dimension : dimensions) {
            tensor.addDims(dimension);
            bytes *= dimension;
        }
        fill(sparse ? Math.min(bytes, PAGE) : bytes, mean, deviation);
        tensor.addExternalData(entry("location", name))
                .addExternalData(entry("offset", Long.toString(end)))
                .addExternalData(entry("length", Long.toString(bytes)));
        end += (bytes + PAGE - 1) / PAGE * PAGE;
        return tensor.build();
    }

    private void fill(long bytes, double mean, double deviation) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        // Even numbers of that deviation lie within the square root of three around the mean.
        double width = deviation * Math.sqrt(3);
        for (long at = 0; at < bytes; at += buffer.limit()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), bytes - at));
            while (buffer.hasRemaining()) {
                buffer.putFloat((float) (mean + (2 * random.nextDouble() - 1) * width));
            }
            channel.write(buffer.flip(), end + at);
        }
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    /** Bytes from the start of the first weight to the end of the last one. */
    long bytes() {
        return end;
    }

    @Override
    public void close() throws IOException {
        if (channel.size() < end) {
            channel.write(ByteBuffer.allocate(1), end - 1);
        }
        channel.close();
    }
}
