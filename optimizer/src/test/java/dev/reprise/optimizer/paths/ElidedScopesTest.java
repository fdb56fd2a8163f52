package dev.reprise.optimizer.paths;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ElidedScopesTest {
    @TempDir
    private Path folder;

    @Test
    void aParameterTellsTheLevelsThatAScopeLacks() throws IOException {
        Graph graph = twoBlocks();
        ModulePaths paths = ModulePaths.read(graph);
        assertThat(path(graph, paths, "/blocks.0/mlp/fc1/Add")).isEqualTo("blocks.0.text.mlp.fc1");
        assertThat(path(graph, paths, "/blocks.0/mlp/fc1_1/Add")).isEqualTo("blocks.0.image.mlp.fc1");
    }

    /** A product whose weight lost its name, and an activation between two layers. */
    @Test
    void whatLiesBesideItLacksTheSameLevels() throws IOException {
        Graph graph = twoBlocks();
        ModulePaths paths = ModulePaths.read(graph);
        assertThat(path(graph, paths, "/blocks.0/mlp/fc1_1/MatMul")).isEqualTo("blocks.0.image.mlp.fc1_1");
        assertThat(path(graph, paths, "/blocks.0/mlp/act_1/Relu")).isEqualTo("blocks.0.image.mlp.act_1");
        assertThat(path(graph, paths, "/blocks.0/Sum")).isEqualTo("blocks.0");
    }

    @Test
    void aParameterOfAnotherModuleTellsNothing() throws IOException {
        Graph graph = new TinyModel()
                .input("x")
                .weight("shared.norm.weight")
                .weight("w")
                .named("/proj/MatMul", "MatMul", "p", "x", "w")
                .named("/blocks.0/norm/Mul", "Mul", "y", "p", "shared.norm.weight")
                .output("y")
                .write(folder)
                .graph();
        assertThat(path(graph, ModulePaths.read(graph), "/blocks.0/norm/Mul")).isEqualTo("blocks.0.norm");
    }

    private Graph twoBlocks() throws IOException {
        TinyModel model = new TinyModel().input("x").weight("w").named("/x_in/MatMul", "MatMul", "h", "x", "w");
        stream(model, "text", "");
        stream(model, "image", "_1");
        return model.named("/blocks.0/Sum", "Add", "y", "text", "image")
                .output("y")
                .write(folder)
                .graph();
    }

    private static void stream(TinyModel model, String name, String suffix) {
        String bias = "blocks.0." + name + ".mlp.fc1.bias";
        model.weight(bias)
                .named("/blocks.0/mlp/fc1" + suffix + "/MatMul", "MatMul", name + "_m", "h", "w")
                .named("/blocks.0/mlp/fc1" + suffix + "/Add", "Add", name + "_a", bias, name + "_m")
                .named("/blocks.0/mlp/act" + suffix + "/Relu", "Relu", name, name + "_a");
    }

    private static String path(Graph graph, ModulePaths paths, String name) {
        Node node = graph.nodes().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
        ModulePath path = paths.of(node);
        return path == null ? "" : path.dotted();
    }
}
