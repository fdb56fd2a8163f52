package dev.reprise.graph.recording;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a model is made of, part by part. It does not depend on where the model is cut or where its weights lie.
 *
 * @param nodes the first output of every node → its operator and a hash of operator, attributes, inputs and outputs
 * @param weights name of every initializer and constant → type, shape and checksum of its content
 */
public record ModelFingerprint(Map<String, String> nodes, Map<String, String> weights) {

    public ModelFingerprint {
        nodes = ImmutableSortedMap.copyOf(nodes);
        weights = ImmutableSortedMap.copyOf(weights);
    }

    /** SHA-256 (hex) of all parts. */
    public String hash() {
        Hasher hasher = Hashing.sha256().newHasher();
        put(hasher, nodes);
        put(hasher, weights);
        return hasher.hash().toString();
    }

    private static void put(Hasher hasher, Map<String, String> parts) {
        hasher.putInt(parts.size());
        for (Map.Entry<String, String> part : parts.entrySet()) {
            putText(hasher, part.getKey());
            putText(hasher, part.getValue());
        }
    }

    private static void putText(Hasher hasher, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        hasher.putInt(bytes.length).putBytes(bytes);
    }
}
