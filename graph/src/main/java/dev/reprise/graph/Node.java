package dev.reprise.graph;

import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.NodeProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One operator of a {@link Graph}, linked to the values it reads and makes. Its protobuf form stays as it was read. */
public final class Node {
    private final int index;
    private final NodeProto proto;
    private final List<@Nullable Value> inputs = new ArrayList<>();
    private final List<@Nullable Value> outputs = new ArrayList<>();
    private final List<Value> captured = new ArrayList<>();

    Node(int index, NodeProto proto) {
        this.index = index;
        this.proto = proto;
    }

    /** Position in {@link Graph#nodes()}, which is a topological order. */
    public int index() {
        return index;
    }

    public NodeProto proto() {
        return proto;
    }

    public String name() {
        return proto.getName();
    }

    public String opType() {
        return proto.getOpType();
    }

    /** Operator domain, "" for ONNX's own. */
    public String domain() {
        return domain(proto.getDomain());
    }

    /** An operator domain under one name: "" for ONNX's own, which models may also call {@code ai.onnx}. */
    public static String domain(String stored) {
        return stored.equals("ai.onnx") ? "" : stored;
    }

    /** Whether it is the operator of this name in ONNX's own domain. */
    public boolean is(String opType) {
        return opType().equals(opType) && domain().isEmpty();
    }

    /** Inputs by position; null where an optional input is left out. */
    public List<@Nullable Value> inputs() {
        return Collections.unmodifiableList(inputs);
    }

    /** The input at this position, null where it is left out or beyond the end. */
    public @Nullable Value input(int position) {
        return position < inputs.size() ? inputs.get(position) : null;
    }

    /** Outputs by position; null where an optional output is left out. */
    public List<@Nullable Value> outputs() {
        return Collections.unmodifiableList(outputs);
    }

    /** Everything it needs: present inputs, then captured values. */
    public List<Value> reads() {
        List<Value> reads = new ArrayList<>(inputs.size() + captured.size());
        for (Value input : inputs) {
            if (input != null) {
                reads.add(input);
            }
        }
        reads.addAll(captured);
        return reads;
    }

    /** Everything it makes. */
    public List<Value> writes() {
        List<Value> writes = new ArrayList<>(outputs.size());
        for (Value output : outputs) {
            if (output != null) {
                writes.add(output);
            }
        }
        return writes;
    }

    public @Nullable AttributeProto attribute(String name) {
        for (AttributeProto attribute : proto.getAttributeList()) {
            if (attribute.getName().equals(name)) {
                return attribute;
            }
        }
        return null;
    }

    /** The integer attribute of this name, or a default. */
    public long integer(String name, long otherwise) {
        AttributeProto attribute = attribute(name);
        return attribute == null ? otherwise : attribute.getI();
    }

    void link(@Nullable Value input) {
        inputs.add(input);
        if (input != null) {
            input.addConsumer(this);
        }
    }

    void capture(Value value) {
        if (!captured.contains(value)) {
            captured.add(value);
            value.addConsumer(this);
        }
    }

    void produce(@Nullable Value output) {
        outputs.add(output);
    }

    @Override
    public String toString() {
        return opType() + " " + (name().isEmpty() ? "#" + index : name());
    }
}
