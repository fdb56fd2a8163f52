package dev.reprise.optimizer.inline;

import static dev.reprise.optimizer.TinyModel.functionOf;
import static dev.reprise.optimizer.TinyModel.nodeOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.StringStringEntryProto;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.paths.ScopeReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The module paths that the nodes of functions get. */
class CallPathTest {
    @TempDir
    private Path folder;

    /** As an exporter writes it from the first block. */
    private static FunctionProto.Builder feedForward() {
        return functionOf("FeedForward", "/blocks.0/ff/net.2/MatMul_output_0", "/blocks.0/Add_output_0", "w1", "w2")
                .addNode(nodeOf(
                        "/blocks.0/ff/net.0/proj/MatMul",
                        "MatMul",
                        "/blocks.0/ff/net.0/proj/MatMul_output_0",
                        "/blocks.0/Add_output_0",
                        "w1"))
                .addNode(nodeOf(
                        "/blocks.0/ff/net.2/MatMul",
                        "MatMul",
                        "/blocks.0/ff/net.2/MatMul_output_0",
                        "/blocks.0/ff/net.0/proj/MatMul_output_0",
                        "w2"));
    }

    @Test
    void takesTheModuleFromTheNamesOfOutputs() throws IOException {
        Graph graph = inlined(
                model().call("FeedForward_3", "FeedForward", "/blocks.7/ff/net.2/MatMul_output_0", "x", "u", "v")
                        .output("/blocks.7/ff/net.2/MatMul_output_0")
                        .function(feedForward()));
        assertThat(graph.nodes())
                .extracting(Node::name)
                .containsExactly("/blocks.7/ff/net.0/proj/MatMul", "/blocks.7/ff/net.2/MatMul");
        assertThat(graph.values()).containsKey("/blocks.7/ff/net.0/proj/MatMul_output_0");
    }

    @Test
    void takesTheModuleFromTheNameOfTheCall() throws IOException {
        for (String name : List.of("/blocks.7/ff", "/blocks.7/ff/FeedForward", "/blocks.7/ff/call")) {
            assertThat(paths(model().call(name, "FeedForward", "y", "x", "u", "v")
                            .output("y")
                            .function(feedForward())))
                    .containsExactly("blocks.7.ff.net.0.proj", "blocks.7.ff.net.2");
        }
    }

    @Test
    void takesTheModuleFromTheWeights() throws IOException {
        FunctionProto.Builder function = functionOf(
                        "FeedForward", "out", "x", "blocks.0.ff.net.0.proj.weight", "blocks.0.ff.net.2.weight")
                .addNode(nodeOf("/blocks.0/ff/net.0/proj/MatMul", "MatMul", "m", "x", "blocks.0.ff.net.0.proj.weight"))
                .addNode(nodeOf("/blocks.0/ff/net.0/Relu", "Relu", "r", "m"))
                .addNode(nodeOf("/blocks.0/ff/net.2/MatMul", "MatMul", "out", "r", "blocks.0.ff.net.2.weight"));
        String[] weights = {"single.4.ff.net.0.proj.weight", "single.4.ff.net.2.weight"};
        assertThat(paths(new TinyModel()
                        .input("x")
                        .weight(weights[0])
                        .weight(weights[1])
                        .call("FeedForward_3", "FeedForward", "y", "x", weights[0], weights[1])
                        .output("y")
                        .function(function)))
                .containsExactly("single.4.ff.net.0.proj", "single.4.ff.net.0", "single.4.ff.net.2");
    }

    @Test
    void putsNodesWithoutPathsIntoTheModuleOfTheCall() throws IOException {
        FunctionProto.Builder function = functionOf("Attention", "out", "x", "w")
                .addNode(nodeOf("", "MatMul", "m", "x", "w"))
                .addNode(nodeOf("softmax_1", "Softmax", "out", "m"));
        assertThat(paths(new TinyModel()
                        .input("x")
                        .weight("blocks.7.attn.to_q.weight")
                        .call("/blocks.7/attn/Attention_1", "Attention", "y", "x", "blocks.7.attn.to_q.weight")
                        .output("y")
                        .function(function)))
                .containsExactly("blocks.7.attn.to_q", "blocks.7.attn");
    }

    @Test
    void joinsRelativePathsToTheModuleOfTheCall() throws IOException {
        FunctionProto.Builder function = functionOf("Attention", "out", "x", "w")
                .addNode(nodeOf("/to_q/MatMul", "MatMul", "m", "x", "w"))
                .addNode(nodeOf("/Softmax", "Softmax", "out", "m"));
        assertThat(paths(model().call("/blocks.7/attn", "Attention", "y", "x", "u")
                        .output("y")
                        .function(function)))
                .containsExactly("blocks.7.attn.to_q", "blocks.7.attn");
    }

    @Test
    void followsCallsInsideOfFunctions() throws IOException {
        FunctionProto.Builder block = functionOf(
                        "Block", "/blocks.1/Relu_output_0", "/blocks.0/Relu_output_0", "w1", "w2")
                .addNode(nodeOf(
                                "/blocks.1/ff/call",
                                "FeedForward",
                                "/blocks.1/ff/net.2/MatMul_output_0",
                                "/blocks.0/Relu_output_0",
                                "w1",
                                "w2")
                        .toBuilder()
                        .setDomain(TinyModel.FUNCTIONS))
                .addNode(nodeOf(
                        "/blocks.1/Relu", "Relu", "/blocks.1/Relu_output_0", "/blocks.1/ff/net.2/MatMul_output_0"));
        assertThat(paths(model().call("/blocks.6", "Block", "/blocks.6/Relu_output_0", "x", "u", "v")
                        .call("/blocks.7", "Block", "y", "/blocks.6/Relu_output_0", "u", "v")
                        .output("y")
                        .function(feedForward())
                        .function(block)))
                .containsExactly(
                        "blocks.6.ff.net.0.proj",
                        "blocks.6.ff.net.2",
                        "blocks.6",
                        "blocks.7.ff.net.0.proj",
                        "blocks.7.ff.net.2",
                        "blocks.7");
    }

    @Test
    void movesThePathsInMetadata() throws IOException {
        FunctionProto.Builder function = functionOf("Attention", "out", "x", "w")
                .addNode(scoped(nodeOf("node_linear", "MatMul", "m", "x", "w"), "blocks.0.attn.to_q"))
                .addNode(nodeOf("node_softmax", "Softmax", "out", "m"));
        NodeProto call = nodeOf("node_attention", "Attention", "y", "x", "u").toBuilder()
                .setDomain(TinyModel.FUNCTIONS)
                .build();
        Graph graph = inlined(model().node(scoped(call, "blocks.7.attn").toBuilder())
                .output("y")
                .function(function));
        assertThat(graph.nodes())
                .extracting(node -> String.valueOf(ScopeReader.fromMetadata(node.proto())))
                .containsExactly("blocks.7.attn.to_q", "blocks.7.attn");
    }

    @Test
    void saysNothingWhereNothingTells() throws IOException {
        assertThat(inlined(model().call("n3", "FeedForward", "y", "x", "u", "v")
                                .output("y")
                                .function(feedForward()))
                        .nodes())
                .extracting(node -> ScopeReader.fromNames(node.proto()))
                .containsOnlyNulls();
    }

    private static NodeProto scoped(NodeProto node, String path) {
        return node.toBuilder()
                .addMetadataProps(StringStringEntryProto.newBuilder()
                        .setKey(ScopeReader.NAME_SCOPES)
                        .setValue("['', '" + path + "', 'x']"))
                .build();
    }

    private static TinyModel model() {
        return new TinyModel().input("x").weight("u").weight("v");
    }

    private Graph inlined(TinyModel model) throws IOException {
        return FunctionInliner.inline(model.write(folder)).graph();
    }

    private List<String> paths(TinyModel model) throws IOException {
        return inlined(model).nodes().stream()
                .map(node -> String.valueOf(ScopeReader.fromNames(node.proto())))
                .toList();
    }
}
