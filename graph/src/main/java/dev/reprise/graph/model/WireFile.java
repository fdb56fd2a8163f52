package dev.reprise.graph.model;

import dev.reprise.graph.InvalidModelException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Reads protobuf's wire format from a file of any size through a sliding window. Not memory-mapped: a file that shrinks while
 * it is read must end in an error message, not in a signal that kills the process.
 */
final class WireFile implements Closeable {
    private static final int WINDOW = 64 * 1024;

    private final Path file;
    private final FileChannel channel;
    private final long size;
    private final ByteBuffer window = ByteBuffer.allocateDirect(WINDOW).limit(0);
    private long windowStart;

    WireFile(Path file) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            this.size = channel.size();
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    long size() {
        return size;
    }

    long position() {
        return windowStart + window.position();
    }

    /** Moves to an offset; nothing is read until it is needed. */
    void seek(long offset) {
        long inWindow = offset - windowStart;
        if (inWindow >= 0 && inWindow <= window.limit()) {
            window.position((int) inWindow);
        } else {
            windowStart = offset;
            window.limit(0);
        }
    }

    /** Reads a base-128 varint that must end before {@code end}. */
    long varint(long end) throws IOException {
        long start = position();
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (position() >= end) {
                throw malformed(start, "expected a complete varint, found the end of " + surroundings(end));
            }
            int octet = octet();
            value |= (long) (octet & 0x7f) << shift;
            if (octet < 0x80) {
                return value;
            }
        }
        throw malformed(start, "expected a varint of at most 10 bytes, found a longer one");
    }

    /** Copies the next bytes; the caller has checked that they are in the file. */
    void copy(long bytes, SkeletonBuffer target) throws IOException {
        long left = bytes;
        target.require(bytes, position());
        while (left > 0) {
            if (!window.hasRemaining()) {
                fill();
            }
            int part = (int) Math.min(left, window.remaining());
            target.put(window, part);
            left -= part;
        }
    }

    /** The first bytes of the file, at most {@code length}. */
    byte[] head(int length) throws IOException {
        byte[] head = new byte[(int) Math.min(length, size)];
        int read = channel.read(ByteBuffer.wrap(head), 0);
        return Arrays.copyOf(head, Math.max(read, 0));
    }

    InvalidModelException malformed(long offset, String problem) {
        return new InvalidModelException(file + ": not a valid ONNX model at offset " + offset + ": " + problem);
    }

    /** What ends at this offset, for messages. */
    String surroundings(long end) {
        return end == size ? "the file (" + size + " bytes; truncated?)" : "the message around it, at offset " + end;
    }

    private int octet() throws IOException {
        if (!window.hasRemaining()) {
            fill();
        }
        return window.get() & 0xff;
    }

    private void fill() throws IOException {
        windowStart = position();
        window.clear();
        int read = channel.read(window, windowStart);
        window.flip();
        if (read <= 0) {
            throw malformed(windowStart, "the file became shorter while it was read");
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
