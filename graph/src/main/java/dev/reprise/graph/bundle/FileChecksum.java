package dev.reprise.graph.bundle;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;

/**
 * CRC-32C of a file. Weights have many gigabytes: their parts are read and summed up on all cores, and the sums put together.
 *
 * <p>A checksum is the remainder of the content, taken as a polynomial with coefficients 0 and 1, modulo a fixed one. To append {@code n} bytes is to
 * multiply by {@code x^(8n)}, so that the checksum of {@code AB} is that of {@code A} times {@code x^(8n)}, plus that of {@code B}, where {@code B} has
 * {@code n} bytes. Polynomials are held as CRC-32C does: the highest bit is the coefficient of {@code x^0}.
 */
final class FileChecksum {
    private static final int POLYNOMIAL = 0x82f63b78;
    private static final int ONE = 1 << 31;
    private static final int X = 1 << 30;

    private static final int CHUNK = 1 << 20;
    private static final long PART = 64L << 20;

    private FileChecksum() {}

    static long crc32c(Path file) throws IOException {
        return crc32c(file, PART);
    }

    static long crc32c(Path file, long partBytes) throws IOException {
        long size = Files.size(file);
        try {
            long[] sums = LongStream.range(0, (size + partBytes - 1) / partBytes)
                    .parallel()
                    .map(part -> sum(file, part * partBytes, Math.min(size, (part + 1) * partBytes)))
                    .toArray();
            int all = 0;
            for (int part = 0; part < sums.length; part++) {
                long bytes = Math.min(partBytes, size - part * partBytes);
                all = product(power(bytes), all) ^ (int) sums[part];
            }
            return Integer.toUnsignedLong(all);
        } catch (UncheckedIOException e) {
            throw new IOException("a part cannot be read: " + e.getMessage(), e);
        }
    }

    /** Opens the file anew: the operating system reads ahead for each opening by itself, and gives that up when two readers share one. */
    private static long sum(Path file, long start, long end) {
        CRC32C sum = new CRC32C();
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        // Read rather than mapped: when a mapped file shrinks the process dies.
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (long at = start; at < end; at += chunk.limit()) {
                chunk.clear().limit((int) Math.min(CHUNK, end - at));
                while (chunk.hasRemaining()) {
                    if (channel.read(chunk, at + chunk.position()) < 0) {
                        throw new EOFException("it became shorter while it was read");
                    }
                }
                sum.update(chunk.flip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sum.getValue();
    }

    /** {@code x^(8 · bytes)}. */
    private static int power(long bytes) {
        int power = ONE;
        int square = product(X, X);
        square = product(square, square);
        square = product(square, square);
        for (long rest = bytes; rest > 0; rest >>= 1) {
            if ((rest & 1) == 1) {
                power = product(power, square);
            }
            square = product(square, square);
        }
        return power;
    }

    private static int product(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int bit = ONE; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= shifted;
            }
            shifted = (shifted & 1) == 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
        }
        return product;
    }
}
