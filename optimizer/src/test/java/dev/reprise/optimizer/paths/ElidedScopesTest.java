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

    /** TorchScript numbers the second call of a name; its layers stay below the name without number. */
    @Test
    void aScopeMetAgainIsThatOfTheModuleBesideIt() throws IOException {
        Graph graph = new TinyModel()
                .input("x")
                .weight("w")
                .weight("net.layers.1.attention.qkv.bias")
                .named("/net/attention/qkv_1/MatMul", "MatMul", "m", "x", "w")
                .named("/net/attention/qkv_1/Add", "Add", "a", "net.layers.1.attention.qkv.bias", "m")
                .named("/net/attention_1/Softmax", "Softmax", "y", "a")
                .output("y")
                .write(folder)
                .graph();
        ModulePaths paths = ModulePaths.read(graph);
        // The whole model lies in net, which is stripped as a wrapper.
        assertThat(paths.prefix().append(paths.of(graph.nodes().get(2))).dotted())
                .endsWith("layers.1.attention");
    }

    @Test
    void aModuleThatIsCalledSoIsNoScopeMetAgain() throws IOException {
        Graph graph = new TinyModel()
                .input("x")
                .weight("w")
                .weight("net.layers.1.norm.qkv.bias")
                .weight("net.layers.1.norm_1.bias")
                .named("/net/norm/qkv/MatMul", "MatMul", "m", "x", "w")
                .named("/net/norm/qkv/Add", "Add", "a", "net.layers.1.norm.qkv.bias", "m")
                .named("/net/norm_1/Relu", "Relu", "y", "a")
                .output("y")
                .write(folder)
                .graph();
        assertThat(path(graph, ModulePaths.read(graph), "/net/norm_1/Relu")).doesNotContain("layers");
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
