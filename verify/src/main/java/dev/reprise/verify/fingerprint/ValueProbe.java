package dev.reprise.verify.fingerprint;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.graph.recording.ValueFingerprint;
import dev.reprise.ort.CountedTensor;
import dev.reprise.verify.run.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Looks at tensors between segments and changes none: a policy that only watches. Each segment runs as a session of its own, whichever
 * tensors are looked at, so values may be rounded otherwise than in a run without it.
 *
 * <p>What is looked at is held until the step ends, and all tensors of a large model are tens of gigabytes. So a step is run once for
 * each of {@link #groups}.
 */
final class ValueProbe implements CachePolicy {
    private final Map<String, ValueFingerprint> values = new LinkedHashMap<>();
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final boolean keeping;
    private List<String> group = List.of();

    /** @param keeping whether the tensors themselves are kept, too */
    ValueProbe(boolean keeping) {
        this.keeping = keeping;
    }

    @Override
    public String id() {
        return "value_probe";
    }

    /**
     * The tensors between segments and the outputs, in the order of the segments, in groups that are held together.
     *
     * @param most bytes of a group, for the typical shapes; a larger tensor is a group of its own
     */
    static List<List<String>> groups(Manifest model, long most) {
        Map<String, Long> bytes = new HashMap<>();
        model.tensors().forEach(tensor -> bytes.put(tensor.name(), tensor.typicalBytes()));
        model.outputs().forEach(output -> bytes.put(output.name(), output.typicalBytes()));
        Set<String> names = new LinkedHashSet<>();
        model.segments().forEach(segment -> names.addAll(segment.outputs()));
        names.retainAll(bytes.keySet());
        List<List<String>> groups = new ArrayList<>();
        long held = Long.MAX_VALUE;
        for (String name : names) {
            long own = bytes.getOrDefault(name, 0L);
            if (groups.isEmpty() || held + own > most) {
                groups.add(new ArrayList<>());
                held = 0;
            }
            groups.get(groups.size() - 1).add(name);
            held += own;
        }
        return groups;
    }

    /** Looks at these from now on. */
    void look(List<String> tensors) {
        group = List.copyOf(tensors);
    }

    /** What the last step computed of those looked at, in their order. */
    Map<String, ValueFingerprint> values() {
        return new LinkedHashMap<>(values);
    }

    /** The tensors themselves, where they are kept. */
    Map<String, StoredTensor> tensors() {
        return new LinkedHashMap<>(tensors);
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        Set<String> watched = new HashSet<>();
        groups(model, Long.MAX_VALUE).forEach(watched::addAll);
        Set<String> outputs = new HashSet<>();
        model.outputs().forEach(output -> outputs.add(output.name()));
        watched.removeAll(outputs);
        return new BoundPolicy(Set.of(), watched, Map.of(), () -> new State(outputs));
    }

    private final class State implements PolicyState {
        private final Set<String> outputs;

        State(Set<String> outputs) {
            this.outputs = outputs;
        }

        @Override
        public void before(DenoisingStep step) {
            group.stream().filter(name -> !outputs.contains(name)).forEach(step::observe);
        }

        @Override
        public void after(DenoisingStep step) {
            values.clear();
            tensors.clear();
            for (String name : group) {
                Tensor tensor = outputs.contains(name) ? step.output(name) : step.computed(name);
                if (tensor != null) {
                    StoredTensor content = Tensors.fromNative(((CountedTensor) tensor).tensor());
                    values.put(name, ValueFingerprint.of(content, Tensors.floats(content)));
                    if (keeping) {
                        tensors.put(name, content);
                    }
                }
            }
        }
    }
}
