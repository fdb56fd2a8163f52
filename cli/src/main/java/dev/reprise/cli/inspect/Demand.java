package dev.reprise.cli.inspect;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Which segments run when some tensors are provided: those that pulled tensors need, through tensors nobody provides. */
final class Demand {
    private final Manifest model;
    private final Map<String, Integer> producers = new HashMap<>();

    Demand(Manifest model) {
        this.model = model;
        for (int i = 0; i < model.segments().size(); i++) {
            for (String output : model.segments().get(i).outputs()) {
                producers.put(output, i);
            }
        }
    }

    /** Multiply-adds of a step that provides some tensors and pulls others, then the model's outputs. */
    long multiplyAdds(Set<String> provided, Collection<String> pulled) {
        BitSet needed = new BitSet();
        Set<String> seen = new HashSet<>(provided);
        // A policy pulls before it provides: what it pulls is computed even where it is provided later.
        seen.removeAll(pulled);
        Deque<String> open = new ArrayDeque<>(pulled);
        model.outputs().stream().map(TensorSpec::name).forEach(open::add);
        while (!open.isEmpty()) {
            String tensor = open.remove();
            Integer producer = producers.get(tensor);
            if (!seen.add(tensor) || producer == null || needed.get(producer)) {
                continue;
            }
            needed.set(producer);
            open.addAll(model.segments().get(producer).inputs());
        }
        long sum = 0;
        for (int i = needed.nextSetBit(0); i >= 0; i = needed.nextSetBit(i + 1)) {
            Segment segment = model.segments().get(i);
            sum += segment.multiplyAdds();
        }
        return sum;
    }
}
