package dev.reprise.optimizer.paths;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RelativeScopesTest {
    @TempDir
    private Path folder;

    @Test
    void parametersTellWhatStandsInFrontOfAScope() throws IOException {
        assertThat(paths("net.layers.0.fc", "other.head"))
                .containsExactly("net.layers.0.fc", "net.layers.0.act", "other.head");
    }

    @Test
    void aScopeThatIsWholeStaysAsItIs() throws IOException {
        assertThat(paths("layers.0.fc", "head")).containsExactly("layers.0.fc", "layers.0.act", "head");
    }

    @Test
    void aParameterThatEndsOtherwiseTellsNothing() throws IOException {
        assertThat(paths("net.layers.0.other", "head")).containsExactly("layers.0.fc", "layers.0.act", "head");
    }

    /** The paths of three nodes with the scopes layers.0.fc, layers.0.act and head, of which two read parameters. */
    private List<String> paths(String layer, String head) throws IOException {
        Graph graph = new TinyModel()
                .input("x")
                .weight(layer + ".weight")
                .weight(head + ".weight")
                .node(scoped("MatMul", "layers.0.fc", "a", "x", layer + ".weight"))
                .node(scoped("Relu", "layers.0.act", "b", "a"))
                .node(scoped("MatMul", "head", "y", "b", head + ".weight"))
                .output("y")
                .write(folder)
                .graph();
        ModulePaths paths = ModulePaths.read(graph);
        return graph.nodes().stream()
                .map(node -> Objects.requireNonNull(paths.of(node)).dotted())
                .toList();
    }

    private static NodeProto.Builder scoped(String operator, String scope, String output, String... inputs) {
        NodeProto.Builder node = NodeProto.newBuilder()
                .setOpType(operator)
                .setName("node_" + output)
                .addAllInput(List.of(inputs))
                .addOutput(output);
        ScopeReader.setMetadata(node, ModulePath.of(scope));
        return node;
    }
}
