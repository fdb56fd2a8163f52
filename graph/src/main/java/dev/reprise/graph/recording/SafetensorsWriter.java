package dev.reprise.graph.recording;

import dev.reprise.graph.json.JsonFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a safetensors file tensor by tensor, none of which stays on the heap. The header comes first in the file and is known
 * last, so the data goes to a temporary file beside it. Without {@link #finish} nothing is left.
 */
public final class SafetensorsWriter implements AutoCloseable {
    /** The data begins at a multiple of this, as the format asks. */
    private static final int ALIGNMENT = 8;

    private final Path file;
    private final Path dataFile;
    private final FileChannel data;
    private final Map<String, SafetensorsHeader> header = new LinkedHashMap<>();
    private long written;

    private SafetensorsWriter(Path file, Path dataFile, FileChannel data) {
        this.file = file;
        this.dataFile = dataFile;
        this.data = data;
    }

    /** Begins a file; one of this name is replaced when it is finished. */
    public static SafetensorsWriter create(Path file) throws IOException {
        Path dataFile = file.resolveSibling(file.getFileName() + ".data");
        FileChannel data = FileChannel.open(
                dataFile,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        return new SafetensorsWriter(file, dataFile, data);
    }

    /**
     * Adds a tensor.
     *
     * @throws IllegalArgumentException when the name is taken or safetensors has no such element type
     */
    public void add(String name, StoredTensor tensor) throws IOException {
        String dtype = SafetensorsType.name(tensor.elementType());
        if (dtype == null) {
            throw new IllegalArgumentException(
                    "tensor '" + name + "': safetensors has no element type " + tensor.elementType());
        }
        ByteBuffer content = tensor.data();
        SafetensorsHeader entry =
                new SafetensorsHeader(dtype, tensor.shape(), List.of(written, written + content.remaining()));
        if (header.putIfAbsent(name, entry) != null) {
            throw new IllegalArgumentException("tensor '" + name + "' is written twice");
        }
        written += content.remaining();
        while (content.hasRemaining()) {
            data.write(content);
        }
    }

    /** Puts header and data together; the file is there as a whole or not at all. */
    public void finish() throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        try {
            join(unfinished);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private void join(Path target) throws IOException {
        try (FileChannel out = FileChannel.open(
                target, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer head = head();
            while (head.hasRemaining()) {
                out.write(head);
            }
            for (long copied = 0; copied < written; ) {
                long part = data.transferTo(copied, written - copied, out);
                if (part <= 0) {
                    throw new EOFException(dataFile + " became shorter while it was copied");
                }
                copied += part;
            }
        }
    }

    private ByteBuffer head() throws IOException {
        byte[] json = JsonFile.mapper().writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer head = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(padded).put(json);
        while (head.hasRemaining()) {
            head.put((byte) ' ');
        }
        return head.flip();
    }

    @Override
    public void close() throws IOException {
        data.close();
        Files.deleteIfExists(dataFile);
    }
}
