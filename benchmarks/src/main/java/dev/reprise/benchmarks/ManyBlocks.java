package dev.reprise.benchmarks;

import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;

/**
 * A transformer of as many small blocks as it takes to reach a number of nodes: norm, attention with four projections, gate and
 * residual sum, feed-forward, residual sum, as TorchScript names them.
 */
final class ManyBlocks {
    private static final long TOKENS = 4;
    private static final int CHANNELS = 4;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("many blocks");

    private ManyBlocks() {}

    static Path write(Path folder, int nodes) throws IOException {
        ManyBlocks model = new ManyBlocks();
        model.graph.addInput(tensor("hidden_states")).addOutput(tensor("sample"));
        model.weight("ones", CHANNELS);
        model.linear("/proj_in", "proj_in", "h0", "hidden_states");
        int block = 0;
        while (model.graph.getNodeCount() < nodes) {
            model.block(block++);
        }
        model.linear("/proj_out", "proj_out", "sample", "h" + block);
        Path file = folder.resolve("blocks-" + nodes + ".onnx");
        Files.write(
                file,
                ModelProto.newBuilder()
                        .setIrVersion(8)
                        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                        .setGraph(model.graph)
                        .build()
                        .toByteArray());
        return file;
    }

    private void block(int index) {
        String path = "transformer_blocks." + index;
        String scope = "/" + path;
        String id = "b" + index + "_";
        String in = "h" + index;
        node(scope + "/norm1/LayerNormalization", "LayerNormalization", id + "norm1", in, "ones");
        linear(scope + "/attn1/to_q", path + ".attn1.to_q", id + "q", id + "norm1");
        linear(scope + "/attn1/to_k", path + ".attn1.to_k", id + "k", id + "norm1");
        linear(scope + "/attn1/to_v", path + ".attn1.to_v", id + "v", id + "norm1");
        graph.addNode(nodeOf(scope + "/attn1/Transpose", "Transpose", id + "kt", id + "k").toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("perm")
                        .setType(AttributeProto.AttributeType.INTS)
                        .addAllInts(Arrays.asList(0L, 2L, 1L))));
        node(scope + "/attn1/MatMul", "MatMul", id + "scores", id + "q", id + "kt");
        node(scope + "/attn1/Softmax", "Softmax", id + "weights", id + "scores");
        node(scope + "/attn1/MatMul_1", "MatMul", id + "heads", id + "weights", id + "v");
        linear(scope + "/attn1/to_out.0", path + ".attn1.to_out.0", id + "attn", id + "heads");
        node(scope + "/Mul", "Mul", id + "gated", id + "attn", "ones");
        node(scope + "/Add", "Add", id + "x", in, id + "gated");
        node(scope + "/norm2/LayerNormalization", "LayerNormalization", id + "norm2", id + "x", "ones");
        linear(scope + "/ff/net.0/proj", path + ".ff.net.0.proj", id + "ff0", id + "norm2");
        node(scope + "/ff/net.0/Relu", "Relu", id + "relu", id + "ff0");
        linear(scope + "/ff/net.2", path + ".ff.net.2", id + "ff", id + "relu");
        node(scope + "/Add_1", "Add", "h" + (index + 1), id + "x", id + "ff");
    }

    private void linear(String scope, String path, String out, String in) {
        weight(path + ".weight", CHANNELS, CHANNELS);
        weight(path + ".bias", CHANNELS);
        node(scope + "/MatMul", "MatMul", out + "_product", in, path + ".weight");
        node(scope + "/Add", "Add", out, out + "_product", path + ".bias");
    }

    private void weight(String name, long... dimensions) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
        long elements = 1;
        for (long dimension : dimensions) {
            tensor.addDims(dimension);
            elements *= dimension;
        }
        graph.addInitializer(tensor.addAllFloatData(Collections.nCopies((int) elements, 0.5f)));
    }

    private void node(String name, String operator, String output, String... inputs) {
        graph.addNode(nodeOf(name, operator, output, inputs));
    }

    private static NodeProto nodeOf(String name, String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setName(name)
                .setOpType(operator)
                .addAllInput(Arrays.asList(inputs))
                .addOutput(output)
                .build();
    }

    private static ValueInfoProto tensor(String name) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dimension : new long[] {1, TOKENS, CHANNELS}) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dimension));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                                .setShape(shape)))
                .build();
    }
}
