package dev.reprise.optimizer.shapes;

import com.google.protobuf.ByteString;
import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One node whose operands have the shapes and elements that a test says. */
final class SmallNode {
    private final NodeProto.Builder proto;
    private final Map<String, List<Long>> shapes = new HashMap<>();
    private final Map<String, List<Long>> integers = new HashMap<>();

    private SmallNode(String domain, String operator) {
        proto = NodeProto.newBuilder().setDomain(domain).setOpType(operator).addOutput("out0");
    }

    static SmallNode of(String operator) {
        return new SmallNode("", operator);
    }

    static SmallNode contrib(String operator) {
        return new SmallNode("com.microsoft", operator);
    }

    /** The next operand, of this shape. */
    SmallNode shape(long... dimensions) {
        shapes.put(operand(), list(dimensions));
        return this;
    }

    /** The next operand, with these elements. */
    SmallNode integers(long... elements) {
        String name = operand();
        integers.put(name, list(elements));
        shapes.put(name, List.of((long) elements.length));
        return this;
    }

    /** The next operand, of which nothing is known. */
    SmallNode unknown() {
        operand();
        return this;
    }

    /** Leaves the next operand out. */
    SmallNode none() {
        proto.addInput("");
        return this;
    }

    SmallNode with(String attribute, long value) {
        proto.addAttribute(AttributeProto.newBuilder().setName(attribute).setI(value));
        return this;
    }

    SmallNode list(String attribute, long... values) {
        proto.addAttribute(AttributeProto.newBuilder().setName(attribute).addAllInts(list(values)));
        return this;
    }

    SmallNode text(String attribute, String value) {
        proto.addAttribute(AttributeProto.newBuilder().setName(attribute).setS(ByteString.copyFromUtf8(value)));
        return this;
    }

    SmallNode outputs(int count) {
        while (proto.getOutputCount() < count) {
            proto.addOutput("out" + proto.getOutputCount());
        }
        return this;
    }

    Operands operands() {
        GraphProto.Builder graph = GraphProto.newBuilder().addNode(proto);
        proto.getInputList().stream()
                .filter(name -> !name.isEmpty())
                .forEach(name -> graph.addInput(ValueInfoProto.newBuilder().setName(name)));
        Node node = Graph.link(
                        ModelProto.newBuilder().setIrVersion(8).setGraph(graph).build())
                .nodes()
                .get(0);
        return new Operands(
                node,
                value -> value == null ? null : shapes.get(value.name()),
                value -> value == null ? null : integers.get(value.name()));
    }

    static List<Long> list(long... numbers) {
        List<Long> list = new ArrayList<>();
        for (long number : numbers) {
            list.add(number);
        }
        return list;
    }

    private String operand() {
        String name = "in" + proto.getInputCount();
        proto.addInput(name);
        return name;
    }

    @Override
    public String toString() {
        return proto.getOpType() + " of " + shapes + " " + integers;
    }
}
