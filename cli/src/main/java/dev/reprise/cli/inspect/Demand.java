package dev.reprise.cli.inspect;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.flow.SegmentFlow;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a step costs when some tensors are provided, and what those tensors are. */
final class Demand {
    private final Manifest model;
    private final SegmentFlow flow;
    private final Map<String, TensorSpec> tensors = new HashMap<>();

    Demand(Manifest model) {
        this.model = model;
        flow = new SegmentFlow(model);
        List.of(model.inputs(), model.outputs(), model.tensors())
                .forEach(all -> all.forEach(tensor -> tensors.put(tensor.name(), tensor)));
    }

    /** An input, an output or a cut tensor; null where there is none of this name. */
    @Nullable
    TensorSpec tensor(String name) {
        return tensors.get(name);
    }

    /** Multiply-adds of a step that provides some tensors and pulls others, then the model's outputs. */
    long multiplyAdds(Set<String> provided, Collection<String> pulled) {
        return segments(provided, pulled).stream()
                .mapToLong(segment -> model.segments().get(segment).multiplyAdds())
                .sum();
    }

    /** Tensors that such a step computes. */
    Set<String> computed(Set<String> provided, Collection<String> pulled) {
        Set<String> computed = new HashSet<>();
        segments(provided, pulled).stream()
                .forEach(
                        segment -> computed.addAll(model.segments().get(segment).outputs()));
        computed.removeAll(provided);
        return computed;
    }

    private BitSet segments(Set<String> provided, Collection<String> pulled) {
        Set<String> asked = new HashSet<>(pulled);
        model.outputs().stream().map(TensorSpec::name).forEach(asked::add);
        // A policy pulls before it provides: what it pulls is computed even where it is provided later.
        Set<String> present = new HashSet<>(provided);
        present.removeAll(pulled);
        return flow.needed(asked, present).segments();
    }
}
