package dev.reprise.optimizer.locate;

import static dev.reprise.optimizer.locate.SmallGraphs.withInputs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.paths.ModulePaths;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttentionKindTest {
    private static final int DEEP = 100_000;

    @TempDir
    private Path temp;

    @Test
    void queriesAndKeysOfOneTensorAreSelfAttention() throws IOException {
        TinyModel model = withInputs("x");
        SmallGraphs.attention(model, "/blocks.0/attn", "x", "x", "y");
        assertThat(kind(model)).isEqualTo(ModuleKind.SELF_ATTENTION);
    }

    @Test
    void keysOfAnotherTensorAreCrossAttention() throws IOException {
        TinyModel model = withInputs("x", "text");
        SmallGraphs.attention(model, "/blocks.0/attn", "x", "text", "y");
        assertThat(kind(model)).isEqualTo(ModuleKind.CROSS_ATTENTION);
    }

    @Test
    void keysOfTheSameTensorInAnotherLayoutAreSelfAttention() throws IOException {
        TinyModel model = withInputs("x").node("Identity", "same", "x");
        model.named("/Unsqueeze", "Flatten", "flat", "x");
        SmallGraphs.attention(model, "/blocks.0/attn", "x", "flat", "y");
        assertThat(kind(model)).isEqualTo(ModuleKind.SELF_ATTENTION);
    }

    @Test
    void queriesAndKeysOfTheSameTwoTensorsAreJointAttention() throws IOException {
        TinyModel model = withInputs("x", "text");
        for (String operand : new String[] {"q", "k", "v"}) {
            model.named("/blocks.0/attn/to_" + operand + "/MatMul", "MatMul", "x_" + operand, "x", "w")
                    .named("/blocks.0/attn/add_" + operand + "/MatMul", "MatMul", "text_" + operand, "text", "w")
                    .named("/blocks.0/attn/Add_" + operand, "Add", operand, "x_" + operand, "text_" + operand);
        }
        model.named("/blocks.0/attn/MatMul", "MatMul", "scores", "q", "k")
                .named("/blocks.0/attn/Softmax", "Softmax", "weights", "scores")
                .named("/blocks.0/attn/MatMul_1", "MatMul", "y", "weights", "v");
        assertThat(kind(model)).isEqualTo(ModuleKind.JOINT_ATTENTION);
    }

    /** As exporters write a mask: chosen between the scores and a large negative number, the condition first. */
    @Test
    void scoresAreFoundBehindAMask() throws IOException {
        TinyModel model =
                withInputs("x", "text").input("mask", ElementType.BOOL, 1).vector("lowest");
        model.named("/blocks.0/attn/add_q/MatMul", "MatMul", "text_q", "text", "w")
                .named("/blocks.0/attn/to_q/MatMul", "MatMul", "x_q", "x", "w")
                .named("/blocks.0/attn/Add", "Add", "both", "x_q", "text_q")
                .named("/blocks.0/attn/Not", "Not", "masked", "mask")
                .named("/blocks.0/attn/MatMul", "MatMul", "scores", "both", "both")
                .named("/blocks.0/attn/Where", "Where", "chosen", "masked", "lowest", "scores")
                .named("/blocks.0/attn/Softmax", "Softmax", "weights", "chosen")
                .named("/blocks.0/attn/MatMul_1", "MatMul", "y", "weights", "both");
        assertThat(kind(model)).isEqualTo(ModuleKind.JOINT_ATTENTION);
    }

    @Test
    void queriesOfLinearAttentionMeetTheProductOfKeysAndValues() throws IOException {
        assertThat(linear("x")).isEqualTo(ModuleKind.SELF_ATTENTION);
        assertThat(linear("text")).isEqualTo(ModuleKind.CROSS_ATTENTION);
    }

    /** The layer of the keys and values comes first. */
    private ModuleKind linear(String keys) throws IOException {
        return kind(
                withInputs("x", "text")
                        .named("/blocks.0/attn/to_kv/MatMul", "MatMul", "kv", keys, "w")
                        .named("/blocks.0/attn/to_out/MatMul", "MatMul", "other", keys, "w")
                        .named("/blocks.0/attn/to_q/MatMul", "MatMul", "q", "x", "w")
                        .named("/blocks.0/attn/MatMul", "MatMul", "state", "kv", "other")
                        .named("/blocks.0/attn/MatMul_1", "MatMul", "y", "state", "q"),
                node -> node.is("MatMul") && !Operators.isWeighted(node));
    }

    @Test
    void projectionsAreFollowedThroughGraphsOfAnyDepth() throws IOException {
        TinyModel deep = withInputs("x", "text")
                .named("/blocks.0/attn/to_q/MatMul", "MatMul", "q0", "x", "w")
                .named("/blocks.0/attn/to_k/MatMul", "MatMul", "k", "text", "w");
        for (int i = 1; i < DEEP; i++) {
            deep.named("/blocks.0/attn/Identity_" + i, "Identity", "q" + i, "q" + (i - 1));
        }
        deep.named("/blocks.0/attn/MatMul", "MatMul", "scores", "q" + (DEEP - 1), "k")
                .named("/blocks.0/attn/Softmax", "Softmax", "weights", "scores")
                .named("/blocks.0/attn/MatMul_1", "MatMul", "y", "weights", "x");
        assertThat(kind(deep)).isEqualTo(ModuleKind.CROSS_ATTENTION);
    }

    private ModuleKind kind(TinyModel tiny) throws IOException {
        return kind(tiny, node -> node.is("Softmax"));
    }

    private ModuleKind kind(TinyModel tiny, Predicate<Node> isCore) throws IOException {
        Graph graph = tiny.output("y").write(temp).graph();
        ModulePaths paths = ModulePaths.read(graph);
        ModuleBoundary boundary = new ModuleBoundary(paths, new Dependence(graph));
        Set<Node> core = graph.nodes().stream().filter(isCore).collect(Collectors.toSet());
        return new AttentionKind(boundary).of(new HashSet<>(paths.nodesIn(ModulePath.of("blocks.0.attn"))), core);
    }
}
