package dev.reprise.optimizer.cut;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmenterTest {
    @TempDir
    private Path temp;

    @Test
    void aValueThatTwoModulesShareIsItsOwnSegment() throws IOException {
        // shared feeds both cut tensors: skipping a must not make b read a stale value.
        OnnxModel model = new TinyModel()
                .input("x")
                .node("Relu", "shared", "x")
                .node("Neg", "a", "shared")
                .node("Exp", "b", "shared")
                .node("Add", "y", "a", "b")
                .output("y")
                .write(temp);
        assertThat(cut(model, "a", "b"))
                .containsExactlyInAnyOrder(Set.of("shared"), Set.of("a"), Set.of("b"), Set.of("y"));
    }

    @Test
    void whatOnlyFeedsACutTensorIsSkippedWithIt() throws IOException {
        OnnxModel model = new TinyModel()
                .input("x")
                .node("Exp", "norm", "x")
                .node("Neg", "attention", "norm")
                .node("Add", "y", "x", "attention")
                .output("y")
                .write(temp);
        assertThat(cut(model, "attention")).containsExactlyInAnyOrder(Set.of("norm", "attention"), Set.of("y"));
    }

    @Test
    void whatDoesNotDependOnTheLatentsIsKeptApart() throws IOException {
        OnnxModel model = new TinyModel()
                .input("hidden_states")
                .input("text")
                .weight("w")
                .node("MatMul", "projected", "text", "w")
                .node("Add", "y", "hidden_states", "projected")
                .output("y")
                .write(temp);
        assertThat(cut(model)).containsExactlyInAnyOrder(Set.of("projected"), Set.of("y"));
    }

    @Test
    void deadNodesAreLeftOut() throws IOException {
        OnnxModel model = new TinyModel()
                .input("x")
                .node("Neg", "y", "x")
                .node("Exp", "unused", "x")
                .output("y")
                .write(temp);
        assertThat(cut(model)).containsExactly(Set.of("y"));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void anyGraphWithAnyCutTensorsGivesSegmentsThatCanRunInOrder(long seed) throws IOException {
        Random random = new Random(seed);
        TinyModel tiny = new TinyModel().input("x").input("text").weight("w");
        List<String> values = new ArrayList<>(List.of("x", "text"));
        for (int i = 0; i < 60; i++) {
            String left = values.get(random.nextInt(values.size()));
            String right = values.get(random.nextInt(values.size()));
            tiny.node(random.nextInt(4) == 0 ? "MatMul" : "Add", "v" + i, left, random.nextInt(3) == 0 ? "w" : right);
            values.add("v" + i);
        }
        tiny.output("v59").output("v" + random.nextInt(59));
        OnnxModel model = tiny.write(temp);
        Set<Value> cuts = new LinkedHashSet<>();
        for (int i = 0; i < 60; i++) {
            if (random.nextInt(4) == 0) {
                cuts.add(model.graph().value("v" + i));
            }
        }
        List<Segmenter.Part> parts = segmenter(model, cuts).segments();

        Set<Value> available = new HashSet<>(model.graph().inputs());
        Set<Node> placed = new HashSet<>();
        for (Segmenter.Part part : parts) {
            assertThat(available).containsAll(part.inputs());
            available.addAll(part.outputs());
            part.nodes().forEach(node -> assertThat(placed.add(node)).isTrue());
        }
        assertThat(available).containsAll(model.graph().outputs());
        for (Segmenter.Part part : parts) {
            assertNeededTogether(model.graph(), part, cuts);
        }
    }

    /** A cut tensor that a segment makes is made by its last nodes: nothing in the segment reads it again. */
    private static void assertNeededTogether(Graph graph, Segmenter.Part part, Set<Value> cuts) {
        for (Node node : part.nodes()) {
            for (Value read : node.reads()) {
                if (cuts.contains(read) && graph.value(read.name()) == read) {
                    assertThat(part.inputs()).contains(read);
                }
            }
        }
    }

    private static List<Set<String>> cut(OnnxModel model, String... cutTensors) {
        Set<Value> cuts = new LinkedHashSet<>();
        for (String name : cutTensors) {
            cuts.add(model.graph().value(name));
        }
        return segmenter(model, cuts).segments().stream()
                .<Set<String>>map(part -> {
                    Set<String> made = new HashSet<>();
                    part.nodes().forEach(node -> node.writes().forEach(value -> made.add(value.name())));
                    return made;
                })
                .toList();
    }

    private static Segmenter segmenter(OnnxModel model, Set<Value> cuts) {
        Graph graph = model.graph();
        Value latents = graph.value("hidden_states") == null ? graph.value("x") : graph.value("hidden_states");
        return new Segmenter(graph, new Dependence(graph), TensorTypes.infer(model, Map.of()), cuts, latents);
    }
}
