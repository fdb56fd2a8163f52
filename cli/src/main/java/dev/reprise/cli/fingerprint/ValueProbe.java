package dev.reprise.cli.fingerprint;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cli.model.Tensors;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.graph.recording.ValueFingerprint;
import dev.reprise.ort.CountedTensor;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Looks at every tensor between segments and changes none: a policy that only watches. Each segment then runs as a session of its own,
 * so values may be rounded otherwise than in a run without it.
 */
final class ValueProbe implements CachePolicy {
    private final Map<String, ValueFingerprint> values = new LinkedHashMap<>();

    @Override
    public String id() {
        return "value_probe";
    }

    /** What the last step computed, in the order of the segments. */
    Map<String, ValueFingerprint> values() {
        return new LinkedHashMap<>(values);
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        Set<String> known = new HashSet<>();
        model.tensors().forEach(tensor -> known.add(tensor.name()));
        List<String> outputs = model.outputs().stream().map(TensorSpec::name).toList();
        Set<String> watched = new LinkedHashSet<>();
        model.segments().forEach(segment -> watched.addAll(segment.outputs()));
        watched.retainAll(known);
        outputs.forEach(watched::remove);
        return new BoundPolicy(Set.of(), watched, Map.of(), () -> new State(watched, outputs));
    }

    private final class State implements PolicyState {
        private final Set<String> watched;
        private final List<String> outputs;

        State(Set<String> watched, List<String> outputs) {
            this.watched = watched;
            this.outputs = outputs;
        }

        @Override
        public void before(DenoisingStep step) {
            watched.forEach(step::observe);
        }

        @Override
        public void after(DenoisingStep step) {
            values.clear();
            for (String name : watched) {
                Tensor tensor = step.computed(name);
                if (tensor != null) {
                    values.put(name, fingerprint(tensor));
                }
            }
            outputs.forEach(name -> values.put(name, fingerprint(step.output(name))));
        }

        private ValueFingerprint fingerprint(Tensor tensor) {
            StoredTensor content = Tensors.fromNative(((CountedTensor) tensor).tensor());
            return ValueFingerprint.of(content, Tensors.floats(content));
        }
    }
}
