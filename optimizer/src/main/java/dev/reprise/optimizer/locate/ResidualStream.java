package dev.reprise.optimizer.locate;

import com.google.common.collect.Lists;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.DecomposedNorm;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.shapes.ShapeValues;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
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

    /** A stream through a module, followed to what enters it. */
    static ResidualStream into(Dependence dependence, Collection<Node> module, boolean throughNorms) {
        Set<Node> inside = new HashSet<>(module);
        return new ResidualStream(dependence, value -> !inside.contains(value.producer()), throughNorms);
    }

    /** A stream followed to where it cannot be followed further: to the layers that began it. */
    static ResidualStream toOrigins(Dependence dependence, boolean throughNorms) {
        return new ResidualStream(dependence, value -> false, true, throughNorms);
    }

    Set<Value> sources(Value output) {
        Set<Value> sources = new LinkedHashSet<>();
        Set<Visit> seen = new HashSet<>();
        Deque<Visit> open = new ArrayDeque<>(List.of(new Visit(output, End.ANY)));
        while (!open.isEmpty()) {
            Visit visit = open.pop();
            Value value = visit.value();
            if (!dependence.isData(value) || !seen.add(visit)) {
                continue;
            }
            boolean stop = isSource.test(value);
            List<Visit> before = stop ? null : before(visit);
            if (before != null) {
                // Pushed in reverse, so that the first input is followed first.
                Lists.reverse(before).forEach(open::push);
            } else if (stop || endsAreSources) {
                sources.add(value);
            }
        }
        return sources;
    }

    /** The inputs of the producer that carry the stream on, in order; null where the stream begins. */
    private @Nullable List<Visit> before(Visit visit) {
        Node producer = visit.value().producer();
        if (producer == null) {
            return null;
        }
        if (producer.is("Concat")) {
            return parts(producer, visit.end());
        }
        if (producer.is("Slice")) {
            return visit(producer.input(0), startsAtZero(producer) ? End.FIRST : End.LAST);
        }
        if (producer.is("Split")) {
            boolean first = producer.outputs().indexOf(visit.value()) == 0;
            return visit(producer.input(0), first ? End.FIRST : End.LAST);
        }
        if (producer.is("Add") || producer.is("Sum") || (throughNorms && Operators.isNorm(producer))) {
            return producer.reads().stream()
                    .map(read -> new Visit(read, visit.end()))
                    .toList();
        }
        Value normalized = throughNorms ? DecomposedNorm.input(producer) : null;
        if (normalized != null) {
            return visit(normalized, visit.end());
        }
        if (Operators.isLayout(producer) || producer.is("Where")) {
            return visit(producer.input(producer.is("Where") ? 2 : 0), visit.end());
        }
        return null;
    }

    private static List<Visit> parts(Node concat, End end) {
        List<@Nullable Value> parts = concat.inputs();
        return switch (end) {
            case ANY ->
                concat.reads().stream().map(part -> new Visit(part, End.ANY)).toList();
            case FIRST -> visit(concat.input(0), End.ANY);
            case LAST -> visit(concat.input(parts.size() - 1), End.ANY);
        };
    }

    private static List<Visit> visit(@Nullable Value value, End end) {
        return value == null ? List.of() : List.of(new Visit(value, end));
    }

    /** Whether a slice takes the beginning: constant start 0. A start that is computed skips something. */
    private static boolean startsAtZero(Node slice) {
        Value starts = slice.input(1);
        List<Long> start = starts == null ? null : ShapeValues.stored(starts);
        return start != null && !start.isEmpty() && start.get(0) == 0;
    }
}
