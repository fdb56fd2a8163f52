package dev.reprise.optimizer.shapes;

import com.google.common.math.LongMath;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arithmetic on shapes. Models may declare any number, so products end at {@link Long#MAX_VALUE} instead of overflowing. */
final class Dimensions {
    private Dimensions() {}

    /** How many elements a shape has; an open or empty dimension counts 1, and so does an unknown shape. */
    static long elements(@Nullable List<Long> shape) {
        long elements = 1;
        if (shape != null) {
            for (long dimension : shape) {
                elements = times(elements, Math.max(1, dimension));
            }
        }
        return elements;
    }

    static long times(long a, long b) {
        return LongMath.saturatedMultiply(a, b);
    }

    static long plus(long a, long b) {
        return LongMath.saturatedAdd(a, b);
    }

    /** A dimension counted from the end (−1 is the last); 1 where it is open or unknown. */
    static long fromEnd(@Nullable List<Long> shape, int position) {
        return shape == null || shape.size() < -position ? 1 : Math.max(1, shape.get(shape.size() + position));
    }

    static boolean isKnown(@Nullable List<Long> shape) {
        return shape != null && shape.stream().allMatch(dimension -> dimension >= 0);
    }

    /** An axis counted from the start; negative ones count from the end. */
    static int axis(long axis, int rank) {
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** Broadcasts as NumPy does; a new list that may be changed. */
    static @Nullable List<Long> broadcast(@Nullable List<Long> a, @Nullable List<Long> b) {
        if (a == null || b == null) {
            return null;
        }
        int rank = Math.max(a.size(), b.size());
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            long left = i < rank - a.size() ? 1 : a.get(i - rank + a.size());
            long right = i < rank - b.size() ? 1 : b.get(i - rank + b.size());
            shape.add(left == 1 ? Long.valueOf(right) : Long.valueOf(left));
        }
        return shape;
    }

    static @Nullable List<Long> lastReplaced(@Nullable List<Long> shape, long last) {
        if (shape == null || shape.isEmpty()) {
            return null;
        }
        List<Long> replaced = new ArrayList<>(shape);
        replaced.set(replaced.size() - 1, last);
        return replaced;
    }
}
