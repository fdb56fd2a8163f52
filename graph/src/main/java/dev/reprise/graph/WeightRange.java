package dev.reprise.graph;

import dev.reprise.graph.onnx.StringStringEntryProto;
import dev.reprise.graph.onnx.TensorProto;
import java.util.HashMap;
import java.util.Map;

/**
 * Where the content of an external tensor lies.
 *
 * @param location file name relative to the folder of the model
 * @param offset first byte
 * @param length bytes, −1 where the model does not say (up to what shape and type need)
 */
public record WeightRange(String location, long offset, long length) {
    static final String LOCATION = "location";
    static final String OFFSET = "offset";
    static final String LENGTH = "length";

    /** Whether the content of this tensor is in a file rather than in the message. */
    public static boolean isExternal(TensorProto tensor) {
        return tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
    }

    /**
     * The range of an external tensor.
     *
     * @throws InvalidModelException when its entries are incomplete, repeated or no numbers
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
        return new WeightRange(location, number(tensor, entries, OFFSET, 0), number(tensor, entries, LENGTH, -1));
    }

    private static long number(TensorProto tensor, Map<String, String> entries, String key, long absent) {
        String text = entries.get(key);
        if (text == null) {
            return absent;
        }
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
