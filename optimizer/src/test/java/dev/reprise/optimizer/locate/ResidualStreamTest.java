package dev.reprise.optimizer.locate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.operators.Dependence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResidualStreamTest {
    private static final int DEEP = 100_000;

    @TempDir
    private Path temp;

    @Test
    void leadsThroughSumsAndLayouts() throws IOException {
        assertThat(origins(new TinyModel()
                        .input("x")
                        .weight("w")
                        .node("MatMul", "layer", "x", "w")
                        .node("Transpose", "moved", "x")
                        .node("Add", "y", "moved", "layer")))
                .containsExactly("x", "layer");
    }

    @Test
    void endsAtLayersAndGates() throws IOException {
        assertThat(origins(new TinyModel()
                        .input("x")
                        .weight("w")
                        .node("MatMul", "layer", "x", "w")
                        .node("Mul", "y", "x", "layer")))
                .containsExactly("y");
    }

    @Test
    void leadsThroughNormsOnlyWhereAsked() throws IOException {
        TinyModel postNorm = new TinyModel().input("x").weight("w").node("LayerNormalization", "y", "x", "w");
        Graph graph = postNorm.output("y").write(temp).graph();
        assertThat(origins(graph, false)).containsExactly("y");
        assertThat(origins(graph, true)).containsExactly("x");
    }

    @Test
    void leadsThroughSpelledOutNormsOnlyWhereAsked() throws IOException {
        TinyModel model = new TinyModel().input("x").vector("w").vector("eps").vector("two");
        Graph graph = model.node("ReduceMean", "mean", "x")
                .node("Sub", "centered", "x", "mean")
                .node("Pow", "squared", "centered", "two")
                .node("ReduceMean", "variance", "squared")
                .node("Add", "shifted", "variance", "eps")
                .node("Sqrt", "deviation", "shifted")
                .node("Div", "normal", "centered", "deviation")
                .node("Mul", "scaled", "normal", "w")
                .node("Add", "y", "scaled", "w")
                .output("y")
                .write(temp)
                .graph();
        assertThat(origins(graph, false)).containsExactly("scaled");
        assertThat(origins(graph, true)).containsExactly("x");
    }

    @Test
    void stopsAtTheValuesThatItIsGiven() throws IOException {
        Graph graph = new TinyModel()
                .input("x")
                .node("Identity", "h", "x")
                .node("Identity", "y", "h")
                .output("y")
                .write(temp)
                .graph();
        Value h = value(graph, "h");
        assertThat(new ResidualStream(new Dependence(graph), h::equals, false).sources(value(graph, "y")))
                .containsExactly(h);
    }

    @Test
    void endsInNothingWhereNoGivenValueIsReached() throws IOException {
        Graph graph = new TinyModel()
                .input("x")
                .node("Neg", "y", "x")
                .output("y")
                .write(temp)
                .graph();
        assertThat(new ResidualStream(new Dependence(graph), value -> false, false).sources(value(graph, "y")))
                .isEmpty();
    }

    @Test
    void isFollowedThroughGraphsOfAnyDepth() throws IOException {
        TinyModel deep = new TinyModel().input("x").node("Identity", "v0", "x");
        for (int i = 1; i < DEEP; i++) {
            deep.node("Identity", "v" + i, "v" + (i - 1));
        }
        assertThat(origins(deep.node("Identity", "y", "v" + (DEEP - 1)))).containsExactly("x");
    }

    private List<String> origins(TinyModel tiny) throws IOException {
        return origins(tiny.output("y").write(temp).graph(), false);
    }

    private static List<String> origins(Graph graph, boolean throughNorms) {
        return ResidualStream.toOrigins(new Dependence(graph), throughNorms).sources(value(graph, "y")).stream()
                .map(Value::name)
                .toList();
    }

    private static Value value(Graph graph, String name) {
        return Objects.requireNonNull(graph.value(name));
    }
}
