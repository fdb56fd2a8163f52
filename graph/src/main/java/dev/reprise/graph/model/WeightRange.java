package dev.reprise.graph.model;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.onnx.StringStringEntryProto;
import dev.reprise.graph.onnx.TensorProto;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.Map;

/**
 * Where the content of an external tensor lies.
 *
 * @param location file name relative to the folder of the model
 * @param offset first byte
 * @param length bytes
 */
public record WeightRange(String location, long offset, long length) {
    private static final String LOCATION = "location";
    private static final String OFFSET = "offset";
    private static final String LENGTH = "length";

    /** Whether the content of this tensor is in a file rather than in the message. */
    public static boolean isExternal(TensorProto tensor) {
        return tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
    }

    /**
     * The range of an external tensor; where the model gives no length, what shape and element type need.
     *
     * @throws InvalidModelException when its entries are incomplete, repeated or no numbers
     * @throws IllegalArgumentException when no length is given and the shape is negative or beyond any memory
     */
    public static WeightRange of(TensorProto tensor) {
        Map<String, String> entries = new HashMap<>();
        for (StringStringEntryProto entry : tensor.getExternalDataList()) {
            if (entries.put(entry.getKey(), entry.getValue()) != null) {
                throw new InvalidModelException(
                        "tensor '" + tensor.getName() + "' has two external_data entries '" + entry.getKey() + "'");
            }
        }
        String location = entries.get(LOCATION);
        if (location == null) {
            throw new InvalidModelException(
                    "tensor '" + tensor.getName() + "' is external and has no external_data entry 'location'");
        }
        String length = entries.get(LENGTH);
        return new WeightRange(
                location,
                number(tensor, OFFSET, entries.getOrDefault(OFFSET, "0")),
                length == null
                        ? ElementType.of(tensor.getDataType()).bytes(tensor.getDimsList())
                        : number(tensor, LENGTH, length));
    }

    /**
     * Fills a buffer from the file of this range.
     *
     * @param from first byte, counted from the beginning of the range
     * @throws EOFException when the file ends before
     */
    public void read(FileChannel file, long from, ByteBuffer into) throws IOException {
        long start = offset + from - into.position();
        while (into.hasRemaining()) {
            if (file.read(into, start + into.position()) < 0) {
                throw new EOFException(
                        location + " has no byte " + (start + into.position()) + ": it ends within a weight");
            }
        }
    }

    /** Makes this the content of a tensor, in place of what it had. */
    public TensorProto.Builder applyTo(TensorProto.Builder tensor) {
        return tensor.clearRawData()
                .clearExternalData()
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry(LOCATION, location))
                .addExternalData(entry(OFFSET, Long.toString(offset)))
                .addExternalData(entry(LENGTH, Long.toString(length)));
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static long number(TensorProto tensor, String key, String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, together with negative numbers.
        }
        throw new InvalidModelException("external_data entry '" + key + "' of tensor '" + tensor.getName()
                + "' must be a number of bytes, was '" + text + "'");
    }
}
