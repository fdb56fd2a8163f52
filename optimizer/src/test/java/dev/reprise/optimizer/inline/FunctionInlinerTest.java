package dev.reprise.optimizer.inline;

import static dev.reprise.optimizer.TinyModel.functionOf;
import static dev.reprise.optimizer.TinyModel.nodeOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.Node;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.optimizer.SegmentRunner;
import dev.reprise.optimizer.TinyModel;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inlined models compute the same bits, and what cannot be inlined stays or is refused. */
class FunctionInlinerTest {
    @TempDir
    private Path folder;

    @Test
    void leavesModelsWithoutFunctionsAlone() throws Exception {
        OnnxModel model =
                new TinyModel().input("x").node("Neg", "y", "x").output("y").write(folder);
        assertThat(FunctionInliner.inline(model)).isSameAs(model);
    }

    @Test
    void inlinesNestedCallsUnderNamesOfTheirOwn() throws Exception {
        OnnxModel model = new TinyModel()
                .input("x")
                .weight("w")
                .node("Neg", "inner", "x")
                .call("a", "Twice", "y", "inner", "w")
                .call("b", "Twice", "z", "y", "w")
                .output("z")
                .function(functionOf("Once", "out", "x", "w")
                        .addNode(nodeOf("", "MatMul", "inner", "x", "w"))
                        .addNode(nodeOf("", "Sigmoid", "out", "inner")))
                .function(functionOf("Twice", "out", "x", "w")
                        .addNode(call("Once", "inner", "x", "w"))
                        .addNode(call("Once", "out", "inner", "w")))
                .write(folder);
        OnnxModel inlined = FunctionInliner.inline(model);
        assertThat(operators(inlined))
                .containsExactly(
                        "Neg", "MatMul", "Sigmoid", "MatMul", "Sigmoid", "MatMul", "Sigmoid", "MatMul", "Sigmoid");
        assertThat(inlined.proto().getFunctionsList()).isEmpty();
        assertThat(inlined.hash()).isEqualTo(model.hash());
        assertSameBits(model, inlined, "z");
    }

    @Test
    void resolvesAttributesByTheCallThenByTheFunction() throws Exception {
        NodeProto softmax = nodeOf("", "Softmax", "out", "x").toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("axis")
                        .setRefAttrName("dim")
                        .setType(AttributeProto.AttributeType.INT))
                .build();
        OnnxModel model = new TinyModel()
                .input("x")
                .node(call("Given", "a", "x").toBuilder().addAttribute(integer("dim", 0)))
                .node(call("Standard", "b", "a").toBuilder())
                .node(call("Given", "c", "b").toBuilder())
                .output("c")
                .function(functionOf("Given", "out", "x").addAttribute("dim").addNode(softmax))
                .function(functionOf("Standard", "out", "x")
                        .addAttributeProto(integer("dim", 0))
                        .addNode(softmax))
                .write(folder);
        OnnxModel inlined = FunctionInliner.inline(model);
        assertThat(inlined.graph().nodes())
                .extracting(node -> node.integer("axis", -1))
                .containsExactly(0L, 0L, -1L);
        assertSameBits(model, inlined, "c");
    }

    @Test
    void inlinesBodiesThatReadValuesOfTheFunctionAndCallOthers() throws Exception {
        GraphProto then = body(call("Wave", "out", "mine"), "out");
        GraphProto otherwise = body(nodeOf("", "Neg", "out", "mine"), "out");
        NodeProto condition = nodeOf("", "Constant", "yes").toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(TensorProto.newBuilder()
                                .setDataType(TensorProto.DataType.BOOL_VALUE)
                                .addInt32Data(1)))
                .build();
        OnnxModel model = new TinyModel()
                .input("mine")
                .call("a", "Choice", "y", "mine")
                .call("b", "Choice", "z", "y")
                .output("z")
                .function(functionOf("Wave", "out", "x").addNode(nodeOf("", "Sin", "out", "x")))
                .function(functionOf("Choice", "chosen", "x")
                        .addNode(nodeOf("", "Exp", "mine", "x"))
                        .addNode(condition)
                        .addNode(nodeOf("", "If", "chosen", "yes").toBuilder()
                                .addAttribute(graph("then_branch", then))
                                .addAttribute(graph("else_branch", otherwise))))
                .write(folder);
        OnnxModel inlined = FunctionInliner.inline(model);
        assertThat(operators(inlined)).containsExactly("Exp", "Constant", "If", "Exp", "Constant", "If");
        for (Node node : inlined.graph().nodes()) {
            if (node.is("If")) {
                AttributeProto branch = Objects.requireNonNull(node.attribute("then_branch"));
                assertThat(branch.getG().getNodeList())
                        .extracting(NodeProto::getOpType)
                        .containsExactly("Sin");
            }
        }
        assertSameBits(model, inlined, "z");
    }

    @Test
    void inlinesCallsInBodiesOfTheMainGraph() throws Exception {
        OnnxModel model = new TinyModel()
                .input("x")
                .node(nodeOf("", "If", "y", "yes").toBuilder()
                        .addAttribute(graph("then_branch", body(call("Wave", "then", "x"), "then")))
                        .addAttribute(graph("else_branch", body(call("Wave", "else", "x"), "else"))))
                .node(nodeOf("", "ReduceMax", "largest", "x").toBuilder().addAttribute(integer("keepdims", 0)))
                .node(nodeOf("", "Cast", "yes", "largest").toBuilder()
                        .addAttribute(integer("to", TensorProto.DataType.BOOL_VALUE)))
                .output("y")
                .function(functionOf("Wave", "out", "x")
                        .addNode(nodeOf("", "Sin", "mid", "x"))
                        .addNode(nodeOf("", "Cos", "out", "mid")))
                .write(folder);
        OnnxModel inlined = FunctionInliner.inline(model);
        assertThat(inlined.proto().getFunctionsList()).isEmpty();
        assertSameBits(model, inlined, "y");
    }

    @Test
    void leavesOutWhatACallLeavesOut() throws Exception {
        OnnxModel model = new TinyModel()
                .input("x")
                .node(call("Bounded", "", "x").toBuilder().addOutput("y"))
                .output("y")
                .function(functionOf("Bounded", "unused", "x", "low", "high")
                        .addOutput("clipped")
                        .addNode(nodeOf("", "Neg", "unused", "x"))
                        .addNode(nodeOf("", "Clip", "clipped", "x", "low", "high")))
                .write(folder);
        OnnxModel inlined = FunctionInliner.inline(model);
        assertThat(operators(inlined)).containsExactly("Neg", "Clip");
        assertThat(inlined.proto().getGraph().getNode(1).getInputList()).containsExactly("x", "", "");
        assertSameBits(model, inlined, "y");
    }

    @Test
    void copiesWhatAFunctionHandsThroughOrReturnsTwice() throws Exception {
        OnnxModel inlined = FunctionInliner.inline(new TinyModel()
                .input("x")
                .node(call("Pair", "same", "x").toBuilder().addOutput("a").addOutput("b"))
                .node("Sum", "y", "same", "a", "b")
                .output("y")
                .function(functionOf("Pair", "x", "x")
                        .addOutput("negative")
                        .addOutput("negative")
                        .addNode(nodeOf("", "Neg", "negative", "x")))
                .write(folder));
        assertThat(operators(inlined)).containsExactly("Neg", "Identity", "Identity", "Sum");
    }

    @Test
    void keepsCallsThatTheRuntimeMayComputeDifferently() throws Exception {
        FunctionProto.Builder older = functionOf("Older", "out", "x")
                .setOpsetImport(0, OperatorSetIdProto.newBuilder().setVersion(16))
                .addNode(call("Wave", "out", "x"));
        FunctionProto.Builder wave = functionOf("Wave", "out", "x").addNode(nodeOf("", "Sin", "out", "x"));
        OnnxModel inlined = FunctionInliner.inline(new TinyModel()
                .input("x")
                .call("", "Wave", "w", "x")
                .call("", "Older", "y", "w")
                .node(nodeOf("", "Wave", "z", "y").toBuilder().setDomain("com.microsoft"))
                .output("z")
                .function(older)
                .function(wave)
                .function(wave.clone().setDomain("com.microsoft"))
                .write(folder));
        assertThat(operators(inlined)).containsExactly("Sin", "Older", "Wave");
        assertThat(inlined.proto().getFunctionsList())
                .extracting(FunctionProto::getName)
                .containsExactlyInAnyOrder("Older", "Wave", "Wave");
    }

    @Test
    void refusesFunctionsThatCallThemselves() {
        refuses(
                "function 'local.Endless' calls itself",
                functionOf("Endless", "out", "x").addNode(call("Again", "out", "x")),
                functionOf("Again", "out", "x").addNode(call("Endless", "out", "x")));
    }

    @Test
    void refusesFunctionsThatExpandBeyondBounds() {
        List<FunctionProto.Builder> functions = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            String name = i == 0 ? "Endless" : "Half" + i;
            String next = "Half" + (i + 1);
            functions.add(functionOf(name, "out", "x")
                    .addNode(i == 23 ? nodeOf("", "Neg", "mid", "x") : call(next, "mid", "x"))
                    .addNode(i == 23 ? nodeOf("", "Neg", "out", "mid") : call(next, "out", "mid")));
        }
        refuses("functions expand to more than", functions.toArray(FunctionProto.Builder[]::new));
    }

    @Test
    void refusesFunctionsThatNestTooDeep() {
        List<FunctionProto.Builder> functions = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            functions.add(functionOf(i == 0 ? "Endless" : "Level" + i, "out", "x")
                    .addNode(call("Level" + (i + 1), "out", "x")));
        }
        functions.add(functionOf("Level100", "out", "x").addNode(nodeOf("", "Neg", "out", "x")));
        refuses("functions call each other more than 64 deep", functions.toArray(FunctionProto.Builder[]::new));
    }

    @Test
    void refusesCallsThatDoNotFit() {
        refuses("with 1 inputs and 1 outputs; it has 0 and 1", functionOf("Endless", "out"));
        refuses(
                "function 'local.Endless' reads 'elsewhere', but neither its nodes nor its inputs make it",
                functionOf("Endless", "out", "x").addNode(nodeOf("", "Neg", "out", "elsewhere")));
        refuses("but neither its nodes nor its inputs make it", functionOf("Endless", "out", "x"));
        refuses(
                "value 'y' is defined twice",
                functionOf("Endless", "out", "x")
                        .addNode(nodeOf("", "Neg", "out", "x"))
                        .addNode(nodeOf("", "Exp", "out", "x")));
        refuses(
                "function 'local.Endless' is defined twice",
                functionOf("Endless", "out", "x"),
                functionOf("Endless", "out", "x"));
    }

    private void refuses(String message, FunctionProto.Builder... functions) {
        TinyModel model =
                new TinyModel().input("x").call("", "Endless", "y", "x").output("y");
        List.of(functions).forEach(model::function);
        assertThatThrownBy(() -> FunctionInliner.inline(model.write(folder)))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith("tiny.onnx: ")
                .hasMessageContaining(message);
    }

    private static List<String> operators(OnnxModel model) {
        return model.graph().nodes().stream().map(Node::opType).toList();
    }

    private static NodeProto call(String function, String output, String... inputs) {
        return nodeOf("", function, output, inputs).toBuilder()
                .setDomain(TinyModel.FUNCTIONS)
                .build();
    }

    private static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private static AttributeProto graph(String name, GraphProto body) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(body)
                .build();
    }

    private static GraphProto body(NodeProto node, String output) {
        return GraphProto.newBuilder()
                .setName("body")
                .addNode(node)
                .addOutput(ValueInfoProto.newBuilder().setName(output))
                .build();
    }

    private void assertSameBits(OnnxModel model, OnnxModel inlined, String output) throws Exception {
        float[] values = new float[16];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.3f * i - 2;
        }
        Path file = Files.write(folder.resolve("inlined.onnx"), inlined.proto().toByteArray());
        String input = model.graph().inputs().get(0).name();
        try (OnnxTensor tensor =
                OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), FloatBuffer.wrap(values), new long[] {4, 4})) {
            Map<String, OnnxTensor> inputs = Map.of(input, tensor);
            assertThat(SegmentRunner.runWhole(file, Set.of(output), inputs, OptLevel.NO_OPT))
                    .usingRecursiveComparison()
                    .isEqualTo(SegmentRunner.runWhole(
                            model.directory().resolve(model.fileName()), Set.of(output), inputs, OptLevel.NO_OPT));
        }
    }
}
