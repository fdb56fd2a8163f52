package dev.reprise.verify.fingerprint;

import dev.reprise.graph.recording.ModelFingerprint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a model differs from a recorded one, by the names of its parts.
 *
 * @param nodes nodes that changed, came or went
 * @param weights weights that changed, came or went
 */
public record ModelDifference(List<String> nodes, List<String> weights) {
    public ModelDifference {
        nodes = List.copyOf(nodes);
        weights = List.copyOf(weights);
    }

    /** Between the recorded model and the one at hand. */
    public static ModelDifference between(ModelFingerprint recorded, ModelFingerprint found) {
        return new ModelDifference(
                different(recorded.nodes(), found.nodes()), different(recorded.weights(), found.weights()));
    }

    private static List<String> different(Map<String, String> recorded, Map<String, String> found) {
        Set<String> all = new TreeSet<>(recorded.keySet());
        all.addAll(found.keySet());
        List<String> different = new ArrayList<>();
        for (String name : all) {
            if (!String.valueOf(recorded.get(name)).equals(String.valueOf(found.get(name)))) {
                different.add(name);
            }
        }
        return different;
    }
}
