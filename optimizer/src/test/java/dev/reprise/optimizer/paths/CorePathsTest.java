package dev.reprise.optimizer.paths;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attention whose projections have no bias and so no name left; that of the projection behind it tells where it lies. */
class CorePathsTest {
    @TempDir
    private Path folder;

    @Test
    void threeUnnamedProjectionsLieInTheModuleOfTheOneBehindTheCore() throws IOException {
        TinyModel model = start().node("MatMul", "q", "norm", "w")
                .node("MatMul", "k", "norm", "w")
                .node("MatMul", "v", "norm", "w");
        Graph graph = end(model, "blocks.0.attn.to_out.0.bias");
        for (String value : new String[] {"q", "k", "v", "scores", "weights", "heads"}) {
            assertThat(path(graph, value)).as(value).isEqualTo("blocks.0.attn");
        }
    }

    @Test
    void soDoesOneProjectionForAllThree() throws IOException {
        TinyModel model = start().node("MatMul", "qkv", "norm", "w")
                .node("Slice", "q", "qkv", "starts", "ends")
                .node("Slice", "k", "qkv", "starts", "ends")
                .node("Slice", "v", "qkv", "starts", "ends");
        Graph graph = end(model, "blocks.0.attn.proj.bias");
        for (String value : new String[] {"qkv", "q", "k", "v", "scores", "weights", "heads"}) {
            assertThat(path(graph, value)).as(value).isEqualTo("blocks.0.attn");
        }
    }

    /** As in single-stream blocks, where it projects the feed-forward too. */
    @Test
    void aProjectionOfTheBlockItselfTellsNothing() throws IOException {
        TinyModel model = start().node("MatMul", "q", "norm", "w")
                .node("MatMul", "k", "norm", "w")
                .node("MatMul", "v", "norm", "w");
        Graph graph = end(model, "blocks.0.out.bias");
        assertThat(path(graph, "weights")).isEqualTo("blocks.0");
    }

    private static TinyModel start() {
        return new TinyModel()
                .input("x")
                .weight("w")
                .weight("starts")
                .weight("ends")
                .weight("blocks.0.norm.weight")
                .node("LayerNormalization", "norm", "x", "blocks.0.norm.weight");
    }

    private Graph end(TinyModel model, String bias) throws IOException {
        return model.weight(bias)
                .node("Transpose", "kt", "k")
                .node("MatMul", "scores", "q", "kt")
                .node("Softmax", "weights", "scores")
                .node("MatMul", "heads", "weights", "v")
                .node("Reshape", "merged", "heads", "ends")
                .node("MatMul", "projected", "merged", "w")
                .node("Add", "out", "projected", bias)
                .node("Add", "y", "x", "out")
                .output("y")
                .write(folder)
                .graph();
    }

    private static String path(Graph graph, String value) {
        ModulePath path = ModulePaths.read(graph)
                .of(Objects.requireNonNull(
                        Objects.requireNonNull(graph.value(value)).producer()));
        return path == null ? "none" : path.dotted();
    }
}
