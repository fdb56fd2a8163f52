package dev.reprise.optimizer.locate;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.shapes.ShapeValues;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Follows a residual stream backwards: through sums and whatever only moves elements, never through a layer or a gate. Slices of
 * a concatenation are followed into the part they came from.
 *
 * <pre>
 *   x ───────────────▶ Add ─▶ Slice ─▶ output
 *     └ norm ─ attn ─▶ ┘               sources(output) = {x}
 * </pre>
 */
final class ResidualStream {
    /** Which end of the next concatenation to follow. */
    private enum End {
        ANY,
        FIRST,
        LAST
    }

    private record Visit(Value value, End end) {}

    private final Predicate<Value> isSource;
    private final boolean endsAreSources;
    private final Dependence dependence;
    private final boolean throughNorms;

    /**
     * @param isSource where to stop
     * @param throughNorms whether normalizations hand the stream on, as in post-norm encoders
     */
    ResidualStream(Dependence dependence, Predicate<Value> isSource, boolean throughNorms) {
        this(dependence, isSource, false, throughNorms);
    }

    private ResidualStream(
            Dependence dependence, Predicate<Value> isSource, boolean endsAreSources, boolean throughNorms) {
        this.isSource = isSource;
        this.endsAreSources = endsAreSources;
        this.dependence = dependence;
        this.throughNorms = throughNorms;
    }

    /** A stream followed to where it cannot be followed further: to the layers that began it. */
    static ResidualStream toOrigins(Dependence dependence, boolean throughNorms) {
        return new ResidualStream(dependence, value -> false, true, throughNorms);
    }

    Set<Value> sources(Value output) {
        Set<Value> sources = new LinkedHashSet<>();
        follow(output, End.ANY, sources, new HashSet<>());
        return sources;
    }

    private void follow(Value value, End end, Set<Value> sources, Set<Visit> seen) {
        if (!dependence.isData(value) || !seen.add(new Visit(value, end))) {
            return;
        }
        if (isSource.test(value)) {
            sources.add(value);
            return;
        }
        Node producer = value.producer();
        if (producer == null) {
            if (endsAreSources) {
                sources.add(value);
            }
            return;
        }
        if (producer.is("Concat")) {
            for (int i = 0; i < producer.inputs().size(); i++) {
                boolean wanted = end == End.ANY
                        || (end == End.FIRST && i == 0)
                        || (end == End.LAST && i == producer.inputs().size() - 1);
                if (wanted) {
                    followInput(producer.input(i), End.ANY, sources, seen);
                }
            }
        } else if (producer.is("Slice")) {
            followInput(producer.input(0), startsAtZero(producer) ? End.FIRST : End.LAST, sources, seen);
        } else if (producer.is("Split")) {
            boolean first = producer.outputs().indexOf(value) == 0;
            followInput(producer.input(0), first ? End.FIRST : End.LAST, sources, seen);
        } else if (producer.is("Add") || producer.is("Sum") || (throughNorms && Operators.isNorm(producer))) {
            for (Value read : producer.reads()) {
                follow(read, end, sources, seen);
            }
        } else if (Operators.isLayout(producer) || producer.is("Where")) {
            followInput(producer.input(producer.is("Where") ? 2 : 0), end, sources, seen);
        } else if (endsAreSources) {
            sources.add(value);
        }
    }

    private void followInput(@Nullable Value value, End end, Set<Value> sources, Set<Visit> seen) {
        if (value != null) {
            follow(value, end, sources, seen);
        }
    }

    /** Whether a slice takes the beginning: constant start 0. A start that is computed skips something. */
    private static boolean startsAtZero(Node slice) {
        Value starts = slice.input(1);
        List<Long> start = starts == null ? null : ShapeValues.stored(starts);
        return start != null && !start.isEmpty() && start.get(0) == 0;
    }
}
