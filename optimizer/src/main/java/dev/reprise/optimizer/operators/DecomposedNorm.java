package dev.reprise.optimizer.operators;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import org.jspecify.annotations.Nullable;

/**
 * A normalization that an export spells out, as those of old opsets do.
 *
 * <pre>
 *   x ─┬─▶ ReduceMean ─▶ Sub ─┬─────────────────────────────────▶ Div ─▶ Mul ─▶ (Add)      LayerNorm, with scale
 *      └─────────────────▶ ┘  └ Pow ─ ReduceMean ─ Add ─ Sqrt ─▶ ┘
 *
 *   x ─┬─────────────────────────────────────────▶ Mul                                     RMS norm
 *      └ Pow ─ ReduceMean ─ Add ─ Sqrt ─ Reciprocal ▶ ┘
 * </pre>
 */
public final class DecomposedNorm {
    /** Nodes between the mean and what divides by it. */
    private static final int MOST_NODES = 8;

    private DecomposedNorm() {}

    /** What is normalized, where a node is the last of a norm but for the bias; null where it is none. */
    public static @Nullable Value input(Node node) {
        if (!node.is("Div") && !node.is("Mul")) {
            return null;
        }
        Value left = node.input(0);
        Value right = node.input(1);
        if (left == null || right == null) {
            return null;
        }
        if (node.is("Mul") && (Operators.isStored(left) || Operators.isStored(right))) {
            Node scaled = (Operators.isStored(left) ? right : left).producer();
            return scaled == null || isScale(scaled) ? null : input(scaled);
        }
        Value normalized = normalized(left, right);
        return normalized == null && node.is("Mul") ? normalized(right, left) : normalized;
    }

    private static boolean isScale(Node node) {
        return node.is("Mul") && node.reads().stream().anyMatch(Operators::isStored);
    }

    /** The tensor that was centered, or not, and is divided by its own magnitude. */
    private static @Nullable Value normalized(Value centered, Value magnitude) {
        Value x = uncentered(centered);
        Value base = meanOf(magnitude);
        return base != null && (base == centered || base == x || uncentered(base) == x) ? x : null;
    }

    private static Value uncentered(Value value) {
        Node sub = value.producer();
        Value x = sub != null && sub.is("Sub") ? sub.input(0) : null;
        Value mean = x == null || sub == null ? null : sub.input(1);
        Node reduce = mean == null ? null : mean.producer();
        return x != null && reduce != null && reduce.is("ReduceMean") && reduce.input(0) == x ? x : value;
    }

    /** The tensor whose mean square a value is made of; null where it is made of something else. */
    private static @Nullable Value meanOf(Value magnitude) {
        boolean behindMean = true;
        Value value = magnitude;
        for (int i = 0; i < MOST_NODES; i++) {
            Node node = value.producer();
            if (node == null) {
                return null;
            }
            boolean square = node.is("Pow") || (node.is("Mul") && node.input(0) == node.input(1));
            if (!behindMean && square) {
                return node.input(0);
            }
            if (behindMean && node.is("ReduceMean")) {
                behindMean = false;
            } else if (!node.is("Cast")
                    && (!behindMean
                            || !(node.is("Sqrt") || node.is("Reciprocal") || node.is("Pow") || isShifted(node)))) {
                return null;
            }
            Value first = node.input(0);
            Value before = node.is("Add") && first != null && Operators.isStored(first) ? node.input(1) : first;
            if (before == null) {
                return null;
            }
            value = before;
        }
        return null;
    }

    /** The sum with a small constant that keeps it from zero. */
    private static boolean isShifted(Node node) {
        return node.is("Add") && node.reads().stream().anyMatch(Operators::isStored);
    }
}
