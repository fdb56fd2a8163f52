package dev.reprise.graph.recording;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.json.JsonFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file: 8-byte little-endian header length, a JSON header (name → dtype, shape, data_offsets), then the data. The
 * header is read and checked at once, each tensor is read when it is asked for. Not memory-mapped: a file that shrinks would kill the
 * process, and Windows does not delete or rename a mapped file.
 */
public final class Safetensors {
    private static final String METADATA = "__metadata__";
    private static final int LENGTH_BYTES = 8;

    /** The reference implementation allows 100 MB; a header of this length already describes half a million tensors. */
    private static final long LONGEST_HEADER = 64L << 20;

    private final Path file;
    private final ImmutableMap<String, Entry> entries;

    private Safetensors(Path file, ImmutableMap<String, Entry> entries) {
        this.file = file;
        this.entries = entries;
    }

    /**
     * Reads the header of a file.
     *
     * @throws InvalidModelException when the file is missing, no safetensors file, or its ranges do not fit
     */
    public static Safetensors read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidModelException(file + ": no such file");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            long header =
                    size < LENGTH_BYTES ? 0 : bytes(channel, 0, LENGTH_BYTES).getLong();
            if (header < 2 || header > size - LENGTH_BYTES || header > LONGEST_HEADER) {
                throw invalid(
                        file,
                        "expected a header of 2 to " + Math.min(LONGEST_HEADER, Math.max(size - LENGTH_BYTES, 2))
                                + " bytes, found "
                                + (size < LENGTH_BYTES ? "a file of " + size : Long.toUnsignedString(header))
                                + " bytes");
            }
            JsonNode json = JsonFile.parse(
                    file, bytes(channel, LENGTH_BYTES, (int) header).array());
            return new Safetensors(file, entries(file, json, LENGTH_BYTES + header, size));
        } catch (IOException e) {
            throw new InvalidModelException(file + ": cannot be read: " + e, e);
        }
    }

    /** Names of the tensors, in the order of the header. */
    public ImmutableSet<String> names() {
        return entries.keySet();
    }

    /**
     * Reads a tensor.
     *
     * @throws InvalidModelException when there is none of this name
     */
    public StoredTensor tensor(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new InvalidModelException(file + ": there is no tensor '" + name + "'");
        }
        if (entry.length() > Integer.MAX_VALUE) {
            throw invalid(
                    file,
                    "tensor '" + name + "' of " + entry.length() + " bytes is larger than 2 GiB, the most that one "
                            + "buffer can hold");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() < entry.offset() + entry.length()) {
                throw invalid(file, "the file became shorter since it was opened");
            }
            ByteBuffer data = bytes(channel, entry.offset(), (int) entry.length());
            return new StoredTensor(entry.type(), entry.shape(), data.asReadOnlyBuffer());
        } catch (IOException e) {
            throw new InvalidModelException(file + ": cannot be read: " + e, e);
        }
    }

    private static ImmutableMap<String, Entry> entries(Path file, JsonNode json, long dataStart, long size) {
        if (!json.isObject()) {
            throw invalid(file, "the header must be an object");
        }
        ImmutableMap.Builder<String, Entry> entries = ImmutableMap.builder();
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            if (!field.getKey().equals(METADATA)) {
                entries.put(field.getKey(), entry(file, field.getKey(), field.getValue(), dataStart, size));
            }
        }
        ImmutableMap<String, Entry> complete = entries.buildOrThrow();
        requireNoOverlap(file, complete);
        return complete;
    }

    private static Entry entry(Path file, String name, JsonNode json, long dataStart, long size) {
        try {
            SafetensorsHeader header = JsonFile.record(json, SafetensorsHeader.class);
            ElementType type = SafetensorsType.of(header.dtype());
            if (type == null) {
                throw new InvalidModelException(
                        "dtype must be one of " + SafetensorsType.names() + ", was '" + header.dtype() + "'");
            }
            long needed = type.bytes(header.shape());
            List<Long> offsets = header.dataOffsets();
            if (offsets.size() != 2 || offsets.get(0) < 0 || offsets.get(1) < offsets.get(0)) {
                throw new InvalidModelException("data_offsets must be begin and end, were " + offsets);
            }
            if (offsets.get(1) > size - dataStart) {
                throw new InvalidModelException("data ends at " + offsets.get(1) + ", but the file holds only "
                        + (size - dataStart) + " bytes of data (truncated?)");
            }
            if (offsets.get(1) - offsets.get(0) != needed) {
                throw new InvalidModelException(header.dtype() + " of shape " + header.shape() + " needs " + needed
                        + " bytes, data_offsets hold " + (offsets.get(1) - offsets.get(0)));
            }
            return new Entry(type, header.shape(), dataStart + offsets.get(0), needed);
        } catch (InvalidModelException | IllegalArgumentException e) {
            throw new InvalidModelException(file + ": tensor '" + name + "': " + e.getMessage(), e);
        }
    }

    private static void requireNoOverlap(Path file, Map<String, Entry> entries) {
        List<Map.Entry<String, Entry>> ordered = new ArrayList<>(entries.entrySet());
        ordered.sort(Comparator.comparingLong(entry -> entry.getValue().offset()));
        long end = 0;
        for (Map.Entry<String, Entry> entry : ordered) {
            if (entry.getValue().length() > 0) {
                if (entry.getValue().offset() < end) {
                    throw invalid(file, "tensor '" + entry.getKey() + "' overlaps another one");
                }
                end = entry.getValue().offset() + entry.getValue().length();
            }
        }
    }

    private static ByteBuffer bytes(FileChannel channel, long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, offset + bytes.position()) < 0) {
                throw new IOException("the file became shorter while it was read");
            }
        }
        return bytes.flip();
    }

    private static InvalidModelException invalid(Path file, String problem) {
        return new InvalidModelException(file + ": not a valid safetensors file: " + problem);
    }

    /** Where a tensor is in the file. */
    private record Entry(ElementType type, List<Long> shape, long offset, long length) {}
}
