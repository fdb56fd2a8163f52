package dev.reprise.optimizer.cut;

import static dev.reprise.optimizer.TinyModel.functionOf;
import static dev.reprise.optimizer.TinyModel.nodeOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.reprise.graph.Graph;
import dev.reprise.graph.Value;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.StringStringEntryProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentWriterTest {
    private static final StringStringEntryProto MODULE_PATH = entry("namespace", ": Model/attn1: Attention");
    private static final StringStringEntryProto STACK_TRACE =
            entry("pkg.torch.onnx.stack_trace", "File \"/home/me/attention.py\", line 92, in forward");

    @TempDir
    private Path temp;

    @Test
    void leavesOutWhereTheModelWasExportedAndKeepsModulePaths() throws IOException {
        ModelProto model = model();
        ModelProto plain = segment(describe(model, "", List.of(MODULE_PATH)));
        ModelProto exported = segment(describe(model, "/home/me/attention.py(92)", List.of(STACK_TRACE, MODULE_PATH)));

        assertThat(plain.getGraph().getNodeList())
                .extracting(NodeProto::getOpType)
                .containsExactlyInAnyOrder("MatMul", "Constant", "If", "FeedForward");
        assertThat(plain.getGraph().getNodeList())
                .allSatisfy(node -> assertThat(node.getMetadataPropsList()).containsExactly(MODULE_PATH));
        assertThat(plain.getFunctions(0).getNode(0).getMetadataPropsList()).containsExactly(MODULE_PATH);
        assertThat(exported).isEqualTo(plain);
        assertThat(exported.toString()).doesNotContain("doc_string", "stack_trace", "/home/me");
    }

    /** A weight, a tensor in an attribute, a subgraph and a function. */
    private ModelProto model() throws IOException {
        TensorProto condition = TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.BOOL_VALUE)
                .addInt32Data(1)
                .build();
        return new TinyModel()
                .input("x")
                .weight("w")
                .node("MatMul", "product", "x", "w")
                .node(nodeOf("", "Constant", "condition").toBuilder()
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("value")
                                .setType(AttributeProto.AttributeType.TENSOR)
                                .setT(condition)))
                .node(nodeOf("", "If", "chosen", "condition").toBuilder()
                        .addAttribute(branch("then_branch", "Neg"))
                        .addAttribute(branch("else_branch", "Exp")))
                .function(functionOf("FeedForward", "b", "a").addNode(nodeOf("", "Relu", "b", "a")))
                .call("", "FeedForward", "y", "chosen")
                .output("y")
                .write(temp)
                .proto();
    }

    private static AttributeProto branch(String name, String operator) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(GraphProto.newBuilder()
                        .setName(name)
                        .addNode(nodeOf("", operator, name + "_output", "product"))
                        .addOutput(ValueInfoProto.newBuilder().setName(name + "_output")))
                .build();
    }

    /** Gives every message of a model, where it has room for them, a doc string and metadata. */
    private static <M extends Message> M describe(M message, String doc, List<StringStringEntryProto> metadata) {
        Message.Builder described = message.toBuilder();
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (field.getName().equals("doc_string") && !doc.isEmpty()) {
                described.setField(field, doc);
            } else if (field.getName().equals("metadata_props")) {
                described.setField(field, metadata);
            } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && field.isRepeated()) {
                for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
                    Message inner = (Message) message.getRepeatedField(field, i);
                    described.setRepeatedField(field, i, describe(inner, doc, metadata));
                }
            } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && message.hasField(field)) {
                described.setField(field, describe((Message) message.getField(field), doc, metadata));
            }
        }
        @SuppressWarnings("unchecked") // a builder builds the kind of message that it came from
        M result = (M) described.build();
        return result;
    }

    private ModelProto segment(ModelProto proto) throws IOException {
        Path file = temp.resolve("described.onnx");
        Files.write(file, proto.toByteArray());
        OnnxModel model = OnnxModel.read(file);
        Graph graph = model.graph();
        Value x = graph.value("x");
        TensorTypes types = TensorTypes.infer(model, Map.of());
        List<Segmenter.Part> parts = new Segmenter(graph, new Dependence(graph), types, Set.of(), x).segments();
        assertThat(parts).hasSize(1);
        return new SegmentWriter(model, types).write("all", parts.get(0));
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}
