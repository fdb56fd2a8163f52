package dev.reprise.cache.math;

import com.google.protobuf.ByteString;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Writes the model of one {@link Fragment}. Values have generated names; inputs and outputs carry an element type and no shape,
 * so that one fragment serves every shape.
 */
final class FragmentGraph {
    // Both are as low as the operators allow, for runtimes older than ours.
    private static final int OPSET = 18;
    private static final int IR_VERSION = 8;

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private int values;

    /** Declares an input as it comes. */
    String input(String name, ElementType type) {
        graph.addInput(declare(name, type));
        return name;
    }

    /** Declares an input and converts it to the type to compute in. */
    String input(String name, ElementType type, ElementType compute) {
        return cast(input(name, type), type, compute);
    }

    /** Adds a node with one output and returns that output. */
    String node(String operator, String... inputs) {
        return node(operator, List.of(), inputs);
    }

    /** Adds a node with attributes and one output. */
    String node(String operator, List<AttributeProto> attributes, String... inputs) {
        String output = "v" + values++;
        graph.addNode(NodeProto.newBuilder()
                .setName(operator + "_" + graph.getNodeCount())
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addAllAttribute(attributes)
                .addOutput(output));
        return output;
    }

    String cast(String value, ElementType from, ElementType to) {
        return from == to ? value : node("Cast", List.of(attribute("to", to.code())), value);
    }

    /** {@code Σ|z|}: one pass over the elements, where {@code mean(|z|)} would take two. */
    String sumAbs(String value) {
        return node("ReduceL1", List.of(attribute("keepdims", 0)), value);
    }

    /** The mean of all elements. */
    String mean(String value) {
        return node("ReduceMean", List.of(attribute("keepdims", 0)), value);
    }

    /** {@code |z|₂} over the channels of each token, {@code [.., channels] → [..]}. */
    String tokenNorm(String value) {
        return node("ReduceL2", List.of(attribute("keepdims", 0)), value, constant(-1));
    }

    /** A constant of one dimension. */
    String constant(long... elements) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(elements.length);
        for (long element : elements) {
            tensor.addInt64Data(element);
        }
        return initializer(tensor);
    }

    /** A float32 scalar. */
    String scalar(float element) {
        return initializer(TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addFloatData(element));
    }

    /** A float32 matrix, row by row. */
    String matrix(int rows, int columns, float[] elements) {
        ByteBuffer bytes = ByteBuffer.allocate(elements.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(elements);
        return initializer(TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addDims(rows)
                .addDims(columns)
                .setRawData(ByteString.copyFrom(bytes)));
    }

    /** Makes a value an output, converted from the type it was computed in. */
    void output(String name, String value, ElementType computed, ElementType type) {
        graph.addNode(NodeProto.newBuilder()
                .setName("output_" + name)
                .setOpType(computed == type ? "Identity" : "Cast")
                .addAllAttribute(computed == type ? List.of() : List.of(attribute("to", type.code())))
                .addInput(value)
                .addOutput(name));
        graph.addOutput(declare(name, type));
    }

    ModelProto model(String name) {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("reprise")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
                .setGraph(graph.setName(name))
                .build();
    }

    static AttributeProto attribute(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    /** The value with its axes in another order. */
    String transpose(String value, long... order) {
        AttributeProto.Builder perm =
                AttributeProto.newBuilder().setName("perm").setType(AttributeProto.AttributeType.INTS);
        for (long axis : order) {
            perm.addInts(axis);
        }
        return node("Transpose", List.of(perm.build()), value);
    }

    private String initializer(TensorProto.Builder tensor) {
        String name = "c" + graph.getInitializerCount();
        graph.addInitializer(tensor.setName(name));
        return name;
    }

    private static ValueInfoProto declare(String name, ElementType type) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.code())))
                .build();
    }
}
