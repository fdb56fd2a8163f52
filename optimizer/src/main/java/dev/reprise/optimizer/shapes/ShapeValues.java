package dev.reprise.optimizer.shapes;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/** Evaluates arithmetic on shapes: small integer tensors of rank 0 or 1, held as lists. */
public final class ShapeValues {
    /** Longer vectors are data, not dimensions. */
    private static final int MAX_LENGTH = 16;

    private final Function<@Nullable Value, @Nullable List<Long>> shapes;
    private final Map<Value, List<Long>> known = new HashMap<>();

    ShapeValues(Function<@Nullable Value, @Nullable List<Long>> shapes) {
        this.shapes = shapes;
    }

    /** The integers of a value, null where they are unknown or no dimensions. */
    @Nullable
    List<Long> of(@Nullable Value value) {
        if (value == null) {
            return null;
        }
        TensorProto stored = value.initializer();
        return stored != null ? integers(stored) : known.get(value);
    }

    /** The integers of an initializer or a Constant, null for anything else. */
    public static @Nullable List<Long> stored(Value value) {
        Node producer = value.producer();
        if (producer != null) {
            return producer.is("Constant") ? constant(producer) : null;
        }
        return value.initializer() == null ? null : integers(value.initializer());
    }

    void evaluate(Node node) {
        List<Value> writes = node.writes();
        if (writes.size() != 1) {
            return;
        }
        List<Long> result = result(node);
        if (result != null && result.size() <= MAX_LENGTH) {
            known.put(writes.get(0), result);
        }
    }

    private @Nullable List<Long> result(Node node) {
        List<Long> first = of(node.input(0));
        return switch (node.opType()) {
            case "Constant" -> constant(node);
            case "Shape" -> shapeOf(node);
            case "Size" ->
                isClosed(shapes.apply(node.input(0)))
                        ? List.of(MultiplyAdds.elements(shapes.apply(node.input(0))))
                        : null;
            case "Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape", "Floor", "Ceil" -> first;
            case "Concat" -> concat(node);
            case "Gather" -> gather(first, of(node.input(1)));
            case "Slice" -> slice(node, first);
            case "Add" -> combine(node, Long::sum);
            case "Sub" -> combine(node, (a, b) -> a - b);
            case "Mul" -> combine(node, (a, b) -> a * b);
            case "Div" -> combine(node, (a, b) -> b == 0 ? 0 : a / b);
            case "Max" -> combine(node, Math::max);
            case "Min" -> combine(node, Math::min);
            case "Mod" -> combine(node, (a, b) -> b == 0 ? 0 : Math.floorMod(a, b));
            case "Equal" -> combine(node, (a, b) -> a == b ? 1 : 0);
            case "ReduceProd" -> first == null ? null : List.of(first.stream().reduce(1L, (a, b) -> a * b));
            case "ConstantOfShape" -> constantOfShape(node, first);
            case "Where" -> where(first, of(node.input(1)), of(node.input(2)));
            default -> null;
        };
    }

    private @Nullable List<Long> shapeOf(Node node) {
        List<Long> shape = shapes.apply(node.input(0));
        if (!isClosed(shape) || shape == null) {
            return null;
        }
        int start = clamp(node.integer("start", 0), shape.size());
        int end = clamp(node.integer("end", shape.size()), shape.size());
        return start <= end ? shape.subList(start, end) : List.of();
    }

    private static int clamp(long index, int size) {
        return (int) Math.max(0, Math.min(size, index < 0 ? index + size : index));
    }

    private static boolean isClosed(@Nullable List<Long> shape) {
        return shape != null && shape.stream().allMatch(dimension -> dimension >= 0);
    }

    private @Nullable List<Long> concat(Node node) {
        List<Long> joined = new ArrayList<>();
        for (Value read : node.reads()) {
            List<Long> part = of(read);
            if (part == null) {
                return null;
            }
            joined.addAll(part);
        }
        return joined;
    }

    private static @Nullable List<Long> gather(@Nullable List<Long> data, @Nullable List<Long> indices) {
        if (data == null || indices == null) {
            return null;
        }
        List<Long> gathered = new ArrayList<>();
        for (long index : indices) {
            long at = index < 0 ? index + data.size() : index;
            if (at < 0 || at >= data.size()) {
                return null;
            }
            gathered.add(data.get((int) at));
        }
        return gathered;
    }

    private @Nullable List<Long> slice(Node node, @Nullable List<Long> data) {
        List<Long> starts = of(node.input(1));
        List<Long> ends = of(node.input(2));
        List<Long> steps = of(node.input(4));
        boolean simple = steps == null || steps.equals(List.of(1L));
        if (data == null || starts == null || ends == null || starts.size() != 1 || ends.size() != 1 || !simple) {
            return null;
        }
        int start = clamp(starts.get(0), data.size());
        int end = clamp(ends.get(0), data.size());
        return start <= end ? data.subList(start, end) : List.of();
    }

    /** How many elements a slice of a dimension has. */
    static long sliced(long start, long end, long step, long size) {
        long from = start < 0 ? start + size : start;
        long to = end < 0 ? Math.max(end + size, -1) : end;
        if (step > 0) {
            from = Math.max(0, Math.min(from, size));
            to = Math.max(0, Math.min(to, size));
            return Math.max(0, (to - from + step - 1) / step);
        }
        from = Math.max(0, Math.min(from, size - 1));
        to = Math.max(-1, Math.min(to, size - 1));
        return Math.max(0, (from - to - step - 1) / -step);
    }

    private @Nullable List<Long> combine(Node node, LongBinaryOperator operator) {
        List<Long> a = of(node.input(0));
        List<Long> b = of(node.input(1));
        if (a == null
                || b == null
                || a.isEmpty()
                || b.isEmpty()
                || (a.size() != b.size() && a.size() != 1 && b.size() != 1)) {
            return null;
        }
        List<Long> combined = new ArrayList<>();
        for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
            combined.add(operator.applyAsLong(a.get(a.size() == 1 ? 0 : i), b.get(b.size() == 1 ? 0 : i)));
        }
        return combined;
    }

    private static @Nullable List<Long> constantOfShape(Node node, @Nullable List<Long> shape) {
        if (shape == null || shape.size() != 1 || shape.get(0) < 0 || shape.get(0) > MAX_LENGTH) {
            return null;
        }
        AttributeProto value = node.attribute("value");
        List<Long> fill = value == null ? List.of(0L) : integers(value.getT());
        return fill == null || fill.isEmpty()
                ? null
                : Collections.nCopies(shape.get(0).intValue(), fill.get(0));
    }

    private static @Nullable List<Long> where(
            @Nullable List<Long> condition, @Nullable List<Long> yes, @Nullable List<Long> no) {
        if (condition == null
                || yes == null
                || no == null
                || yes.size() != no.size()
                || condition.size() != yes.size()) {
            return null;
        }
        List<Long> chosen = new ArrayList<>();
        for (int i = 0; i < yes.size(); i++) {
            chosen.add(condition.get(i) != 0 ? yes.get(i) : no.get(i));
        }
        return chosen;
    }

    private static @Nullable List<Long> constant(Node node) {
        AttributeProto ints = node.attribute("value_ints");
        if (ints != null) {
            return ints.getIntsList();
        }
        AttributeProto integer = node.attribute("value_int");
        if (integer != null) {
            return List.of(integer.getI());
        }
        AttributeProto value = node.attribute("value");
        return value == null ? null : integers(value.getT());
    }

    /** The elements of a small stored integer tensor; null for anything else. */
    static @Nullable List<Long> integers(TensorProto tensor) {
        if (tensor.getDimsCount() > 1 || MultiplyAdds.elements(tensor.getDimsList()) > MAX_LENGTH) {
            return null;
        }
        List<Long> elements = new ArrayList<>();
        ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        switch (tensor.getDataType()) {
            case TensorProto.DataType.INT64_VALUE -> {
                elements.addAll(tensor.getInt64DataList());
                while (raw.remaining() >= Long.BYTES) {
                    elements.add(raw.getLong());
                }
            }
            case TensorProto.DataType.INT32_VALUE -> {
                tensor.getInt32DataList().forEach(element -> elements.add(element.longValue()));
                while (raw.remaining() >= Integer.BYTES) {
                    elements.add((long) raw.getInt());
                }
            }
            default -> {
                return null;
            }
        }
        return elements;
    }
}
