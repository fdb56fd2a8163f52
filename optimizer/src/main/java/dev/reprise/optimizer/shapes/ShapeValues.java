package dev.reprise.optimizer.shapes;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/** Evaluates arithmetic on shapes: small integer tensors of rank 0 or 1, held as lists. */
public final class ShapeValues {
    /** Longer vectors are data, not dimensions. */
    private static final int MAX_LENGTH = 16;

    private final Map<Value, List<Long>> known = new HashMap<>();

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

    void evaluate(Operands operands) {
        List<Value> writes = operands.node().writes();
        if (writes.size() != 1) {
            return;
        }
        List<Long> result = result(operands);
        if (result != null && result.size() <= MAX_LENGTH) {
            known.put(writes.get(0), result);
        }
    }

    /** The elements of a node's output, null where they cannot be told. */
    static @Nullable List<Long> result(Operands operands) {
        List<Long> first = operands.integers(0);
        return switch (operands.node().opType()) {
            case "Constant" -> constant(operands.node());
            case "Shape" -> shapeOf(operands);
            case "Size" -> sizeOf(operands.shape(0));
            case "Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape", "Floor", "Ceil" -> first;
            case "Concat" -> concat(operands);
            case "Gather" -> gather(first, operands.integers(1));
            case "Slice" -> slice(operands, first);
            case "Add" -> combine(operands, Long::sum);
            case "Sub" -> combine(operands, (a, b) -> a - b);
            case "Mul" -> combine(operands, Dimensions::times);
            case "Div" -> combine(operands, (a, b) -> b == 0 ? 0 : a / b);
            case "Max" -> combine(operands, Math::max);
            case "Min" -> combine(operands, Math::min);
            case "Mod" -> combine(operands, (a, b) -> b == 0 ? 0 : Math.floorMod(a, b));
            case "Equal" -> combine(operands, (a, b) -> a == b ? 1 : 0);
            case "ReduceProd" -> first == null ? null : List.of(first.stream().reduce(1L, Dimensions::times));
            case "ConstantOfShape" -> constantOfShape(operands.node(), first);
            case "Where" -> where(first, operands.integers(1), operands.integers(2));
            default -> null;
        };
    }

    private static @Nullable List<Long> sizeOf(@Nullable List<Long> shape) {
        if (shape == null || !Dimensions.isKnown(shape)) {
            return null;
        }
        return List.of(shape.contains(0L) ? 0L : Dimensions.elements(shape));
    }

    private static @Nullable List<Long> shapeOf(Operands operands) {
        List<Long> shape = operands.shape(0);
        if (!Dimensions.isKnown(shape) || shape == null) {
            return null;
        }
        int start = clamp(operands.integer("start", 0), shape.size());
        int end = clamp(operands.integer("end", shape.size()), shape.size());
        return start <= end ? shape.subList(start, end) : List.of();
    }

    private static int clamp(long index, int size) {
        return (int) Math.max(0, Math.min(size, index < 0 ? index + size : index));
    }

    private static @Nullable List<Long> concat(Operands operands) {
        List<Long> joined = new ArrayList<>();
        for (int i = 0; i < operands.node().inputs().size(); i++) {
            List<Long> part = operands.integers(i);
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

    private static @Nullable List<Long> slice(Operands operands, @Nullable List<Long> data) {
        List<Long> starts = operands.integers(1);
        List<Long> ends = operands.integers(2);
        List<Long> steps = operands.integers(4);
        boolean simple = steps == null || steps.equals(List.of(1L));
        if (data == null || starts == null || ends == null || starts.size() != 1 || ends.size() != 1 || !simple) {
            return null;
        }
        int start = clamp(starts.get(0), data.size());
        int end = clamp(ends.get(0), data.size());
        return start <= end ? data.subList(start, end) : List.of();
    }

    private static @Nullable List<Long> combine(Operands operands, LongBinaryOperator operator) {
        List<Long> a = operands.integers(0);
        List<Long> b = operands.integers(1);
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

    /** The elements of a small integer tensor; null for anything else, and where they lie in another file. */
    public static @Nullable List<Long> integers(TensorProto tensor) {
        if (tensor.getDimsCount() > 1
                || Dimensions.elements(tensor.getDimsList()) > MAX_LENGTH
                || WeightRange.isExternal(tensor)) {
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
