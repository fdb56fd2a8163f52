package dev.reprise.ort;

import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;

/** Models of one or two nodes. */
final class TestModels {
    private TestModels() {}

    /** {@code y = x}. */
    static byte[] identity() {
        return model(GraphProto.newBuilder()
                .addInput(floats("x"))
                .addOutput(floats("y"))
                .addNode(NodeProto.newBuilder()
                        .setOpType("Identity")
                        .addInput("x")
                        .addOutput("y")));
    }

    /** {@code y = x}, and a sequence of both. */
    static byte[] sequence() {
        return model(GraphProto.newBuilder()
                .addInput(floats("x"))
                .addOutput(floats("y"))
                .addOutput(ValueInfoProto.newBuilder()
                        .setName("all")
                        .setType(TypeProto.newBuilder()
                                .setSequenceType(TypeProto.Sequence.newBuilder()
                                        .setElemType(floats("x").getType()))))
                .addNode(NodeProto.newBuilder()
                        .setOpType("Identity")
                        .addInput("x")
                        .addOutput("y"))
                .addNode(NodeProto.newBuilder()
                        .setOpType("SequenceConstruct")
                        .addInput("x")
                        .addInput("y")
                        .addOutput("all")));
    }

    /** An operator that does not exist. */
    static byte[] unknownOperator() {
        return model(GraphProto.newBuilder()
                .addInput(floats("x"))
                .addOutput(floats("y"))
                .addNode(
                        NodeProto.newBuilder().setOpType("NoSuch").addInput("x").addOutput("y")));
    }

    private static ValueInfoProto floats(String name) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT_VALUE)))
                .build();
    }

    private static byte[] model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(18))
                .setGraph(graph.setName("test"))
                .build()
                .toByteArray();
    }
}
