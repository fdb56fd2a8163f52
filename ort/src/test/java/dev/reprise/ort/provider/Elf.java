package dev.reprise.ort.provider;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the smallest shared libraries of Linux: a header, what they need, no code. */
final class Elf {
    private static final int HEADER = 64;
    private static final int SEGMENT = 56;
    /** As linkers do it, addresses are not offsets in the file. */
    private static final long ADDRESS = 0x10000;

    private Elf() {}

    static byte[] library(List<String> needed, @Nullable String runPath) {
        ByteArrayOutputStream strings = new ByteArrayOutputStream();
        strings.write(0);
        int tableAt = HEADER + 2 * SEGMENT;
        int entries = needed.size() + (runPath == null ? 0 : 1) + 3;
        int stringsAt = tableAt + entries * 16;
        ByteBuffer table = ByteBuffer.allocate(entries * 16).order(ByteOrder.LITTLE_ENDIAN);
        for (String name : needed) {
            table.putLong(1).putLong(add(strings, name));
        }
        if (runPath != null) {
            table.putLong(29).putLong(add(strings, runPath));
        }
        table.putLong(5).putLong(ADDRESS + stringsAt);
        table.putLong(10).putLong(strings.size());
        table.putLong(0).putLong(0);

        int size = stringsAt + strings.size();
        ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0x464c457f).put((byte) 2).put((byte) 1).put((byte) 1);
        file.putLong(32, HEADER);
        file.putShort(54, (short) SEGMENT).putShort(56, (short) 2);
        segment(file, HEADER, 1, 0, size);
        segment(file, HEADER + SEGMENT, 2, tableAt, table.capacity());
        file.position(tableAt);
        file.put(table.flip()).put(strings.toByteArray());
        return file.array();
    }

    private static void segment(ByteBuffer file, int at, int type, long offset, long size) {
        file.putInt(at, type);
        file.putLong(at + 8, offset);
        file.putLong(at + 16, ADDRESS + offset);
        file.putLong(at + 32, size);
    }

    private static int add(ByteArrayOutputStream strings, String text) {
        int at = strings.size();
        strings.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        strings.write(0);
        return at;
    }
}
