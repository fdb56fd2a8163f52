package dev.reprise.optimizer.locate;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.shapes.ShapePropagation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what the model adds to the hidden states between two blocks: control hints, residuals of a ControlNet.
 *
 * <pre>
 *   block 0 ─▶ Add ─▶ Add ─▶ block 1        between(h¹, block 1) = [hint₀, hint₁]
 *   hint₀ ─────┘      │
 *   hint₁ ────────────┘
 * </pre>
 *
 * Only tensors of the same shape as the hidden states that can be had without running a block, and only where the sum is what
 * enters the next block.
 */
final class StreamAdditions {
    /** Values to look at between two blocks. */
    private static final int MOST_VALUES = 256;

    private final Dependence dependence;
    private final ShapePropagation shapes;
    private final Set<Node> inBlocks = new HashSet<>();
    private final Set<Node> behindBlocks;

    StreamAdditions(Dependence dependence, ShapePropagation shapes, List<LocatedModule> blocks) {
        this.dependence = dependence;
        this.shapes = shapes;
        Set<Node> readers = new HashSet<>();
        for (LocatedModule block : blocks) {
            inBlocks.addAll(block.nodes());
            block.outputs().forEach(output -> readers.addAll(output.consumers()));
        }
        behindBlocks = ForwardWalk.from(readers);
    }

    /** What is added to the output of a block before the next block reads it, in order. */
    List<Value> between(Value hidden, LocatedModule next) {
        List<Value> added = new ArrayList<>();
        return follow(hidden, Set.copyOf(next.inputs()), added, new HashSet<>()) ? added : List.of();
    }

    /** Whether a stream enters the next block; on the way there {@code added} fills. */
    private boolean follow(Value stream, Set<Value> entering, List<Value> added, Set<Value> seen) {
        if (entering.contains(stream)) {
            return true;
        }
        if (seen.size() == MOST_VALUES || !seen.add(stream)) {
            return false;
        }
        for (Node consumer : stream.consumers()) {
            if (inBlocks.contains(consumer)) {
                continue;
            }
            Value addend = consumer.is("Add") ? addend(consumer, stream) : null;
            if (addend == null && !consumer.is("Identity") && !consumer.is("Cast")) {
                continue;
            }
            int before = added.size();
            if (addend != null) {
                added.add(addend);
            }
            if (follow(consumer.writes().get(0), entering, added, seen)) {
                return true;
            }
            added.subList(before, added.size()).clear();
        }
        return false;
    }

    private @Nullable Value addend(Node sum, Value stream) {
        Value other = sum.input(0) == stream ? sum.input(1) : sum.input(0);
        if (other == null || other == stream || !dependence.isData(other) || behindBlocks.contains(other.producer())) {
            return null;
        }
        List<Long> shape = shapes.shape(stream);
        return shape != null && shape.equals(shapes.shape(other)) ? other : null;
    }
}
