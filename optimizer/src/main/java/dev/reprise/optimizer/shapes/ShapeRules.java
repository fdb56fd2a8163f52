package dev.reprise.optimizer.shapes;

import dev.reprise.graph.Node;
import dev.reprise.graph.onnx.AttributeProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shapes of results from shapes of operands, operator by operator; null where an operand's is unknown. */
final class ShapeRules {
    private ShapeRules() {}

    static @Nullable List<Long> constant(Node node) {
        AttributeProto value = node.attribute("value");
        if (value != null) {
            return value.getT().getDimsList();
        }
        AttributeProto ints = node.attribute("value_ints");
        return ints == null ? List.of() : List.of((long) ints.getIntsCount());
    }

    static @Nullable List<Long> tile(@Nullable List<Long> input, @Nullable List<Long> repeats) {
        if (input == null || repeats == null || input.size() != repeats.size()) {
            return null;
        }
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < input.size(); i++) {
            shape.add(input.get(i) * repeats.get(i));
        }
        return shape;
    }

    static @Nullable List<Long> flatten(Node node, @Nullable List<Long> input) {
        if (input == null) {
            return null;
        }
        int axis = axis(node.integer("axis", 1), input.size());
        return axis < 0 || axis > input.size()
                ? null
                : List.of(
                        MultiplyAdds.elements(input.subList(0, axis)),
                        MultiplyAdds.elements(input.subList(axis, input.size())));
    }

    static @Nullable List<Long> range(
            @Nullable List<Long> start, @Nullable List<Long> limit, @Nullable List<Long> delta) {
        if (start == null
                || limit == null
                || delta == null
                || start.size() != 1
                || limit.size() != 1
                || delta.size() != 1
                || delta.get(0) == 0) {
            return null;
        }
        long step = delta.get(0);
        return List.of(Math.max(0, (limit.get(0) - start.get(0) + step - Long.signum(step)) / step));
    }

    static @Nullable List<Long> reshape(@Nullable List<Long> input, @Nullable List<Long> target, boolean allowZero) {
        if (input == null || target == null) {
            return null;
        }
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
                known *= Math.max(1, shape.get(i));
            }
        }
        if (open >= 0) {
            shape.set(open, MultiplyAdds.elements(input) / known);
        }
        return shape;
    }

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

    static @Nullable List<Long> transpose(Node node, @Nullable List<Long> input) {
        if (input == null) {
            return null;
        }
        AttributeProto order = node.attribute("perm");
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

    static @Nullable List<Long> product(@Nullable List<Long> a, @Nullable List<Long> b) {
        if (a == null || b == null || a.size() < 2 || b.size() < 2) {
            return null;
        }
        List<Long> shape = broadcast(a.subList(0, a.size() - 2), b.subList(0, b.size() - 2));
        if (shape != null) {
            shape.add(a.get(a.size() - 2));
            shape.add(b.get(b.size() - 1));
        }
        return shape;
    }

    static @Nullable List<Long> gemm(Node node, @Nullable List<Long> a, @Nullable List<Long> b) {
        if (a == null || b == null || a.size() != 2 || b.size() != 2) {
            return null;
        }
        return List.of(a.get(node.integer("transA", 0) == 0 ? 0 : 1), b.get(node.integer("transB", 0) == 0 ? 1 : 0));
    }

    static @Nullable List<Long> lastReplaced(@Nullable List<Long> input, long last) {
        if (input == null || input.isEmpty()) {
            return null;
        }
        List<Long> shape = new ArrayList<>(input);
        shape.set(shape.size() - 1, last);
        return shape;
    }

    static @Nullable List<Long> unsqueeze(@Nullable List<Long> input, @Nullable List<Long> axes) {
        if (input == null || axes == null) {
            return null;
        }
        int rank = input.size() + axes.size();
        List<Integer> inserted =
                axes.stream().map(axis -> axis(axis, rank)).sorted().toList();
        List<Long> shape = new ArrayList<>(input);
        for (int axis : inserted) {
            if (axis < 0 || axis > shape.size()) {
                return null;
            }
            shape.add(axis, 1L);
        }
        return shape;
    }

    static @Nullable List<Long> squeeze(@Nullable List<Long> input, @Nullable List<Long> axes) {
        if (input == null) {
            return null;
        }
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < input.size(); i++) {
            int at = i;
            boolean dropped =
                    axes == null ? input.get(i) == 1 : axes.stream().anyMatch(axis -> axis(axis, input.size()) == at);
            if (!dropped) {
                shape.add(input.get(i));
            }
        }
        return shape;
    }

    static @Nullable List<Long> gather(Node node, @Nullable List<Long> data, @Nullable List<Long> indices) {
        int axis = data == null ? -1 : axis(node.integer("axis", 0), data.size());
        if (data == null || indices == null || axis < 0 || axis >= data.size()) {
            return null;
        }
        List<Long> shape = new ArrayList<>(data.subList(0, axis));
        shape.addAll(indices);
        shape.addAll(data.subList(axis + 1, data.size()));
        return shape;
    }

    static @Nullable List<Long> convolution(Node node, @Nullable List<Long> input, @Nullable List<Long> weight) {
        if (input == null || weight == null || input.size() != weight.size() || input.size() < 3) {
            return null;
        }
        List<Long> shape = new ArrayList<>(List.of(input.get(0), weight.get(0)));
        int spatial = input.size() - 2;
        for (int i = 0; i < spatial; i++) {
            long stride = integer(node, "strides", i, 1);
            long kernel = (weight.get(2 + i) - 1) * integer(node, "dilations", i, 1) + 1;
            long padding = integer(node, "pads", i, 0) + integer(node, "pads", i + spatial, 0);
            shape.add((input.get(2 + i) + padding - kernel) / Math.max(1, stride) + 1);
        }
        return shape;
    }

    static @Nullable List<Long> attention(@Nullable List<Long> query, @Nullable List<Long> value) {
        return query == null || value == null || value.isEmpty()
                ? query
                : lastReplaced(query, value.get(value.size() - 1));
    }

    static long integer(Node node, String name, int index, long otherwise) {
        AttributeProto attribute = node.attribute(name);
        return attribute == null || index >= attribute.getIntsCount() ? otherwise : attribute.getInts(index);
    }

    static int axis(long axis, int rank) {
        return (int) (axis < 0 ? axis + rank : axis);
    }
}
