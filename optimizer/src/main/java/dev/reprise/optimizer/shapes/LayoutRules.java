package dev.reprise.optimizer.shapes;

import dev.reprise.graph.onnx.AttributeProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shapes of operators that move, join, part or repeat elements. */
final class LayoutRules {
    private LayoutRules() {}

    static @Nullable List<Long> reshape(Operands operands) {
        List<Long> input = operands.shape(0);
        List<Long> target = operands.integers(1);
        if (input == null || target == null) {
            return null;
        }
        boolean allowZero = operands.integer("allowzero", 0) != 0;
        List<Long> shape = new ArrayList<>(target);
        long known = 1;
        int open = -1;
        for (int i = 0; i < shape.size(); i++) {
            if (shape.get(i) == 0 && !allowZero && i < input.size()) {
                shape.set(i, input.get(i));
            }
            if (shape.get(i) == -1) {
                open = i;
            } else {
                known = Dimensions.times(known, Math.max(1, shape.get(i)));
            }
        }
        if (open >= 0) {
            shape.set(open, Dimensions.elements(input) / known);
        }
        return shape;
    }

    static @Nullable List<Long> expand(Operands operands) {
        return Dimensions.broadcast(operands.shape(0), operands.integers(1));
    }

    static @Nullable List<Long> transpose(Operands operands) {
        List<Long> input = operands.shape(0);
        if (input == null) {
            return null;
        }
        AttributeProto order = operands.node().attribute("perm");
        List<Long> shape = new ArrayList<>();
        if (order == null) {
            shape.addAll(input);
            Collections.reverse(shape);
            return shape;
        }
        for (long from : order.getIntsList()) {
            if (from < 0 || from >= input.size()) {
                return null;
            }
            shape.add(input.get((int) from));
        }
        return shape;
    }

    static @Nullable List<Long> tile(Operands operands) {
        List<Long> input = operands.shape(0);
        List<Long> repeats = operands.integers(1);
        if (input == null || repeats == null || input.size() != repeats.size()) {
            return null;
        }
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < input.size(); i++) {
            shape.add(Dimensions.times(input.get(i), repeats.get(i)));
        }
        return shape;
    }

    static @Nullable List<Long> flatten(Operands operands) {
        List<Long> input = operands.shape(0);
        if (input == null) {
            return null;
        }
        int axis = Dimensions.axis(operands.integer("axis", 1), input.size());
        return axis < 0 || axis > input.size()
                ? null
                : List.of(
                        Dimensions.elements(input.subList(0, axis)),
                        Dimensions.elements(input.subList(axis, input.size())));
    }

    static @Nullable List<Long> unsqueeze(Operands operands) {
        List<Long> input = operands.shape(0);
        List<Long> axes = operands.axes();
        if (input == null || axes == null) {
            return null;
        }
        int rank = input.size() + axes.size();
        List<Integer> inserted =
                axes.stream().map(axis -> Dimensions.axis(axis, rank)).sorted().toList();
        List<Long> shape = new ArrayList<>(input);
        for (int axis : inserted) {
            if (axis < 0 || axis > shape.size()) {
                return null;
            }
            shape.add(axis, 1L);
        }
        return shape;
    }

    static @Nullable List<Long> squeeze(Operands operands) {
        List<Long> input = operands.shape(0);
        if (input == null) {
            return null;
        }
        List<Long> axes = operands.axes();
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < input.size(); i++) {
            int at = i;
            boolean dropped = axes == null
                    ? input.get(i) == 1
                    : axes.stream().anyMatch(axis -> Dimensions.axis(axis, input.size()) == at);
            if (!dropped) {
                shape.add(input.get(i));
            }
        }
        return shape;
    }

    static @Nullable List<Long> concat(Operands operands) {
        List<Long> shape = null;
        int axis = 0;
        for (List<Long> part : operands.shapes()) {
            if (part == null) {
                return null;
            }
            if (shape == null) {
                shape = new ArrayList<>(part);
                axis = Dimensions.axis(operands.integer("axis", 0), part.size());
            } else if (axis >= 0 && axis < part.size() && axis < shape.size()) {
                shape.set(axis, shape.get(axis) + part.get(axis));
            }
        }
        return shape;
    }

    static @Nullable List<Long> split(Operands operands, int output) {
        List<Long> input = operands.shape(0);
        int axis = input == null ? -1 : Dimensions.axis(operands.integer("axis", 0), input.size());
        if (input == null || axis < 0 || axis >= input.size()) {
            return null;
        }
        List<Long> sizes = operands.integers(1);
        List<Long> shape = new ArrayList<>(input);
        if (sizes != null && output < sizes.size()) {
            shape.set(axis, sizes.get(output));
        } else {
            shape.set(
                    axis,
                    input.get(axis) / Math.max(1, operands.node().outputs().size()));
        }
        return shape;
    }

    static @Nullable List<Long> slice(Operands operands) {
        List<Long> input = operands.shape(0);
        List<Long> starts = operands.integers(1);
        List<Long> ends = operands.integers(2);
        if (input == null || starts == null || ends == null || starts.size() != ends.size()) {
            return null;
        }
        List<Long> axes = operands.integers(3);
        List<Long> steps = operands.integers(4);
        List<Long> shape = new ArrayList<>(input);
        for (int i = 0; i < starts.size(); i++) {
            int axis = axes == null ? i : i < axes.size() ? Dimensions.axis(axes.get(i), input.size()) : -1;
            long step = steps == null || i >= steps.size() ? 1 : steps.get(i);
            if (axis < 0 || axis >= input.size() || step == 0) {
                return null;
            }
            shape.set(axis, sliced(starts.get(i), ends.get(i), step, input.get(axis)));
        }
        return shape;
    }

    /** How many elements a slice of a dimension has. */
    static long sliced(long start, long end, long step, long size) {
        long from = start < 0 ? start + size : start;
        long to = end < 0 ? Math.max(end + size, -1) : end;
        if (step > 0) {
            from = Math.max(0, Math.min(from, size));
            to = Math.max(0, Math.min(to, size));
            return to <= from ? 0 : (to - from - 1) / step + 1;
        }
        from = Math.max(0, Math.min(from, size - 1));
        to = Math.max(-1, Math.min(to, size - 1));
        return from <= to ? 0 : (from - to - 1) / -Math.max(step, -Long.MAX_VALUE) + 1;
    }

    static @Nullable List<Long> gather(Operands operands) {
        List<Long> data = operands.shape(0);
        List<Long> indices = operands.shape(1);
        int axis = data == null ? -1 : Dimensions.axis(operands.integer("axis", 0), data.size());
        if (data == null || indices == null || axis < 0 || axis >= data.size()) {
            return null;
        }
        List<Long> shape = new ArrayList<>(data.subList(0, axis));
        shape.addAll(indices);
        shape.addAll(data.subList(axis + 1, data.size()));
        return shape;
    }
}
