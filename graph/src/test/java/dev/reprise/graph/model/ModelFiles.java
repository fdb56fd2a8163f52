package dev.reprise.graph.model;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.StringStringEntryProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Tiny models and pieces of them. */
final class ModelFiles {
    /** Elements of the weight {@code w}: 2 KiB, more than what stays inline. */
    static final int ELEMENTS = 512;

    private ModelFiles() {}

    /** {@code y = x + w}. */
    static ModelProto.Builder add() {
        return model(GraphProto.newBuilder()
                .addInitializer(weight("w"))
                .addNode(NodeProto.newBuilder()
                        .setOpType("Add")
                        .addInput("x")
                        .addInput("w")
                        .addOutput("y"))
                .addInput(ValueInfoProto.newBuilder().setName("x"))
                .addOutput(ValueInfoProto.newBuilder().setName("y")));
    }

    static ModelProto.Builder model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph);
    }

    static TensorProto.Builder weight(String name) {
        byte[] content = new byte[4 * ELEMENTS];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) i;
        }
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .addDims(ELEMENTS)
                .setRawData(ByteString.copyFrom(content));
    }

    /** The weight as external data; null leaves an entry out. */
    static TensorProto.Builder external(String location, String offset, String length) {
        TensorProto.Builder tensor = weight("w").clearRawData().setDataLocation(TensorProto.DataLocation.EXTERNAL);
        entry(tensor, "location", location);
        entry(tensor, "offset", offset);
        entry(tensor, "length", length);
        return tensor;
    }

    static void entry(TensorProto.Builder tensor, String key, String value) {
        if (value != null) {
            tensor.addExternalData(
                    StringStringEntryProto.newBuilder().setKey(key).setValue(value));
        }
    }

    static ModelProto.Builder withWeight(TensorProto.Builder weight) {
        ModelProto.Builder model = add();
        model.getGraphBuilder().setInitializer(0, weight);
        return model;
    }

    /** If inside of If, as often as asked. */
    static ModelProto.Builder nested(int levels) {
        GraphProto.Builder body = GraphProto.newBuilder();
        for (int i = 0; i < levels; i++) {
            body = GraphProto.newBuilder()
                    .addNode(NodeProto.newBuilder()
                            .setOpType("If")
                            .addAttribute(AttributeProto.newBuilder()
                                    .setName("then_branch")
                                    .setType(AttributeProto.AttributeType.GRAPH)
                                    .setG(body)));
        }
        return model(body);
    }

    /** Writes a model with one weight of this size, whose content is a hole in a sparse file. */
    static void writeSparse(Path file, long weightBytes) throws IOException {
        byte[] dims = tensorHead(weightBytes / 4);
        byte[] graphTail = add().getGraphBuilder().clearInitializer().build().toByteArray();
        long tensor = dims.length
                + CodedOutputStream.computeTagSize(9)
                + CodedOutputStream.computeUInt64SizeNoTag(weightBytes)
                + weightBytes;
        long graph = graphTail.length
                + CodedOutputStream.computeTagSize(5)
                + CodedOutputStream.computeUInt64SizeNoTag(tensor)
                + tensor;
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(head);
        add().clearGraph().build().writeTo(out);
        out.writeTag(ModelProto.GRAPH_FIELD_NUMBER, 2);
        out.writeUInt64NoTag(graph);
        out.writeRawBytes(graphTail);
        out.writeTag(GraphProto.INITIALIZER_FIELD_NUMBER, 2);
        out.writeUInt64NoTag(tensor);
        out.writeRawBytes(dims);
        out.writeTag(TensorProto.RAW_DATA_FIELD_NUMBER, 2);
        out.writeUInt64NoTag(weightBytes);
        out.flush();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(head.toByteArray()));
            channel.write(ByteBuffer.allocate(1), head.size() + weightBytes - 1);
        }
    }

    private static byte[] tensorHead(long elements) {
        return weight("w").clearRawData().clearDims().addDims(elements).build().toByteArray();
    }
}
