package dev.reprise.ort.provider;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a shared library of Linux says of itself: the libraries that it needs, and the folders where they are looked for first. Read
 * from the file (ELF, 64 bits, little endian), because loading it stops at the first library that is missing.
 *
 * @param needed names: {@code libcublas.so.12}
 * @param folders absolute, in order
 */
record SharedLibrary(List<String> needed, List<Path> folders) {
    private static final int MAGIC = 0x464c457f;
    private static final int HEADER_BYTES = 64;
    private static final int SEGMENT_BYTES = 56;
    private static final int ENTRY_BYTES = 16;
    private static final int SEGMENT_LOADED = 1;
    private static final int SEGMENT_DYNAMIC = 2;
    private static final long NEEDED = 1;
    private static final long STRINGS = 5;
    private static final long STRINGS_SIZE = 10;
    private static final long RPATH = 15;
    private static final long RUNPATH = 29;

    /** More than any library has; what says so is no library. */
    private static final long LONGEST_TABLE = 1 << 24;

    /** A part of the file that is mapped at an address, or a table in it. */
    private record Segment(int type, long offset, long address, long size) {}

    SharedLibrary {
        needed = List.copyOf(needed);
        folders = List.copyOf(folders);
    }

    /** @throws IOException when it cannot be read, or is no such library */
    static SharedLibrary read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            List<Segment> segments = segments(channel, file);
            ByteBuffer dynamic = null;
            for (Segment segment : segments) {
                if (segment.type() == SEGMENT_DYNAMIC) {
                    dynamic = bytes(channel, segment.offset(), segment.size());
                }
            }
            if (dynamic == null) {
                throw notALibrary(file);
            }
            return read(file, dynamic, strings(channel, segments, dynamic, file));
        }
    }

    private static List<Segment> segments(FileChannel channel, Path file) throws IOException {
        if (channel.size() < HEADER_BYTES) {
            throw notALibrary(file);
        }
        ByteBuffer header = bytes(channel, 0, HEADER_BYTES);
        boolean is64Bits = header.get(4) == 2;
        boolean isLittleEndian = header.get(5) == 1;
        if (header.getInt(0) != MAGIC || !is64Bits || !isLittleEndian) {
            throw notALibrary(file);
        }
        int count = Short.toUnsignedInt(header.getShort(56));
        ByteBuffer table = bytes(channel, header.getLong(32), (long) count * SEGMENT_BYTES);
        List<Segment> segments = new ArrayList<>();
        for (int at = 0; at < count * SEGMENT_BYTES; at += SEGMENT_BYTES) {
            segments.add(new Segment(
                    table.getInt(at), table.getLong(at + 8), table.getLong(at + 16), table.getLong(at + 32)));
        }
        return segments;
    }

    private static ByteBuffer strings(FileChannel channel, List<Segment> segments, ByteBuffer dynamic, Path file)
            throws IOException {
        long address = 0;
        long size = 0;
        for (int at = 0; at + ENTRY_BYTES <= dynamic.limit(); at += ENTRY_BYTES) {
            if (dynamic.getLong(at) == STRINGS) {
                address = dynamic.getLong(at + 8);
            } else if (dynamic.getLong(at) == STRINGS_SIZE) {
                size = dynamic.getLong(at + 8);
            }
        }
        for (Segment segment : segments) {
            long inside = address - segment.address();
            if (segment.type() == SEGMENT_LOADED && inside >= 0 && inside < segment.size()) {
                return bytes(channel, segment.offset() + inside, size);
            }
        }
        throw notALibrary(file);
    }

    private static SharedLibrary read(Path file, ByteBuffer dynamic, ByteBuffer strings) throws IOException {
        List<String> needed = new ArrayList<>();
        List<Path> folders = new ArrayList<>();
        Path own = file.toAbsolutePath().getParent();
        for (int at = 0; at + ENTRY_BYTES <= dynamic.limit() && dynamic.getLong(at) != 0; at += ENTRY_BYTES) {
            long tag = dynamic.getLong(at);
            if (tag == NEEDED) {
                needed.add(string(strings, dynamic.getLong(at + 8), file));
            } else if (tag == RPATH || tag == RUNPATH) {
                String paths = string(strings, dynamic.getLong(at + 8), file);
                for (String path : paths.split(":", -1)) {
                    folders.add(Path.of(path.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", String.valueOf(own))));
                }
            }
        }
        return new SharedLibrary(needed, folders);
    }

    private static String string(ByteBuffer strings, long offset, Path file) throws IOException {
        if (offset < 0 || offset >= strings.limit()) {
            throw notALibrary(file);
        }
        int end = (int) offset;
        while (end < strings.limit() && strings.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - (int) offset];
        strings.get((int) offset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static ByteBuffer bytes(FileChannel channel, long offset, long size) throws IOException {
        if (size < 0 || size > LONGEST_TABLE || offset < 0 || offset + size > channel.size()) {
            throw new IOException("a table of " + size + " bytes at " + offset + " is not in the file");
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
            // Reads on until the table is complete.
        }
        return buffer.flip();
    }

    private static IOException notALibrary(Path file) {
        return new IOException(file + " is no shared library of 64-bit Linux");
    }
}
