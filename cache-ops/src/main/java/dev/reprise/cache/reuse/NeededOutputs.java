package dev.reprise.cache.reuse;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Which of some tensors a step still asks for when all of them are provided: those not hidden behind others. */
public final class NeededOutputs {
    private NeededOutputs() {}

    /** Goes from the model's outputs to what they need, and stops at the provided tensors. */
    public static Set<String> of(Manifest model, Set<String> provided) {
        if (model.segments().isEmpty()) {
            return provided;
        }
        Map<String, Segment> producers = new HashMap<>();
        for (Segment segment : model.segments()) {
            segment.outputs().forEach(output -> producers.put(output, segment));
        }
        Set<String> needed = new HashSet<>();
        Set<String> visited = new HashSet<>();
        Deque<String> pending =
                new ArrayDeque<>(model.outputs().stream().map(TensorSpec::name).toList());
        while (!pending.isEmpty()) {
            String tensor = pending.pop();
            if (!visited.add(tensor)) {
                continue;
            }
            Segment producer = producers.get(tensor);
            if (provided.contains(tensor)) {
                needed.add(tensor);
            } else if (producer != null) {
                pending.addAll(producer.inputs());
            }
        }
        return needed;
    }
}
