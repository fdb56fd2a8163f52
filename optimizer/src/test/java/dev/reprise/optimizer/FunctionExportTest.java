package dev.reprise.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.testdata.TestModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An export whose modules are functions, called once per module, as {@code export_modules_as_functions} writes them, is cut like the
 * plain export, bit for bit.
 */
class FunctionExportTest {
    private static final Path PLAIN = TestModels.golden("pixart").resolve("torchscript.onnx");

    @TempDir
    private Path folder;

    private ModelProto.Builder model;
    private Manifest expected;
    private int blocks;

    @BeforeEach
    void read() throws Exception {
        model = ModelProto.parseFrom(Files.readAllBytes(PLAIN)).toBuilder();
        model.addOpsetImport(
                OperatorSetIdProto.newBuilder().setDomain(TinyModel.FUNCTIONS).setVersion(1));
        expected = Optimizer.cut(PLAIN, CutOptions.DEFAULTS).manifest();
        blocks = expected.chain() == null ? 0 : expected.chain().blocks().size();
        assertThat(blocks).isGreaterThan(1);
    }

    @Test
    void findsModulesThatAreFunctions() throws Exception {
        toFunction("FeedForward", 0, "/ff", "");
        toFunction("CrossAttention", 0, "/attn2", "");
        assertCutLikePlain();
    }

    @Test
    void findsModulesThatAreFunctionsInsideOfFunctions() throws Exception {
        toFunction("FeedForward", 0, "/ff", "/call");
        toFunction("SelfAttention", 0, "/attn1", "/call");
        // The first block also makes values that all blocks share.
        toFunction("Block", 1, "", "");
        assertCutLikePlain();
    }

    private void assertCutLikePlain() throws Exception {
        Path file = Files.write(folder.resolve("functions.onnx"), model.build().toByteArray());
        CutModel cut = Optimizer.cut(file, CutOptions.DEFAULTS);
        assertThat(cut.manifest().modules()).isEqualTo(expected.modules());
        assertThat(cut.manifest().chain()).isEqualTo(expected.chain());
        Path bundle = cut.write(folder.resolve("bundle"));
        Map<String, OnnxTensor> inputs = CutBitIdentityIT.inputs(PLAIN, expected);
        try {
            Set<String> outputs = new LinkedHashSet<>();
            expected.outputs().forEach(output -> outputs.add(output.name()));
            assertThat(SegmentRunner.runCut(bundle, cut.manifest(), folder, inputs, OptLevel.NO_OPT))
                    .usingRecursiveComparison()
                    .isEqualTo(SegmentRunner.runWhole(file, outputs, inputs, OptLevel.NO_OPT));
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    /** Moves the nodes of a module of each block into one function, in the names of the first. */
    private void toFunction(String name, int first, String module, String suffix) {
        for (int block = first; block < blocks; block++) {
            String scope = "/transformer_blocks." + block + module;
            List<NodeProto> inside = new ArrayList<>();
            List<NodeProto> outside = new ArrayList<>();
            for (NodeProto node : model.getGraph().getNodeList()) {
                (node.getName().startsWith(scope + "/") ? inside : outside).add(node);
            }
            Set<String> made = new LinkedHashSet<>();
            Set<String> inputs = new LinkedHashSet<>();
            Set<String> outputs = new LinkedHashSet<>();
            inside.forEach(node -> made.addAll(node.getOutputList()));
            inside.forEach(node -> inputs.addAll(node.getInputList()));
            outside.forEach(node -> outputs.addAll(node.getInputList()));
            inputs.removeAll(made);
            inputs.remove("");
            outputs.retainAll(made);
            if (block == first) {
                model.addFunctions(FunctionProto.newBuilder()
                        .setDomain(TinyModel.FUNCTIONS)
                        .setName(name)
                        .addAllInput(inputs)
                        .addAllOutput(outputs)
                        .addAllNode(inside)
                        .addAllOpsetImport(model.getOpsetImportList()));
            }
            NodeProto call = NodeProto.newBuilder()
                    .setDomain(TinyModel.FUNCTIONS)
                    .setOpType(name)
                    .setName(scope + suffix)
                    .addAllInput(inputs)
                    .addAllOutput(outputs)
                    .build();
            List<NodeProto> nodes = new ArrayList<>();
            for (NodeProto node : model.getGraph().getNodeList()) {
                if (node.equals(inside.get(inside.size() - 1))) {
                    nodes.add(call);
                } else if (outside.contains(node)) {
                    nodes.add(node);
                }
            }
            model.setGraph(graph(nodes, made));
        }
    }

    private GraphProto.Builder graph(List<NodeProto> nodes, Set<String> moved) {
        List<ValueInfoProto> known = model.getGraph().getValueInfoList().stream()
                .filter(info -> !moved.contains(info.getName()))
                .toList();
        return model.getGraph().toBuilder()
                .clearNode()
                .addAllNode(nodes)
                .clearValueInfo()
                .addAllValueInfo(known);
    }
}
