package dev.reprise.optimizer.paths;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModulePathsTest {
    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({
        "/transformer_blocks.0/attn1/to_out.0/MatMul, transformer_blocks.0.attn1.to_out.0",
        "/blocks/blocks.0/attn/MatMul, blocks.0.attn",
        "/img_mod/img_mod.1/Gemm, img_mod.1",
        "/MatMul, ''"
    })
    void readsTorchScriptNames(String name, String path) throws IOException {
        assertThat(ScopeReader.fromNames(onlyNode(name).proto())).isEqualTo(ModulePath.of(path));
    }

    /** As where a model overrides {@code __call__}, or an optimizer puts its own name in front. */
    @ParameterizedTest
    @CsvSource({
        "blocks.0/attn/Neg, value, blocks.0.attn",
        "blocks.0/attn/Neg_1, value, blocks.0.attn",
        "fused, blocks.0/attn/Add_output_0, blocks.0.attn",
        "NhwcConv_3-/blocks.0/conv/Conv, value, blocks.0.conv",
        "some/thing, value,",
        "some, an/input,"
    })
    void readsTorchScriptNamesThatBeginOtherwise(String name, String output, @Nullable String path) throws IOException {
        Graph graph = new TinyModel()
                .input("x")
                .named(name, "Neg", output, "x")
                .output(output)
                .write(temp)
                .graph();
        ModulePath found = ScopeReader.fromNames(graph.nodes().get(0).proto());
        assertThat(found == null ? null : found.dotted()).isEqualTo(path);
    }

    @Test
    void readsPathsOfOptimizedNodesFromTheirValues() throws IOException {
        Graph graph = new TinyModel()
                .input("x")
                .named("FusedMatMul_7", "Neg", "/blocks.0/ff/Neg_output_0", "x")
                .output("/blocks.0/ff/Neg_output_0")
                .write(temp)
                .graph();
        assertThat(ScopeReader.fromNames(graph.nodes().get(0).proto())).isEqualTo(ModulePath.of("blocks.0.ff"));
    }

    @Test
    void readsPythonLists() {
        assertThat(ScopeReader.pythonStrings("['', 'blocks.0', \"it's\", 'back\\\\slash']"))
                .isEqualTo(List.of("", "blocks.0", "it's", "back\\slash"));
    }

    @Test
    void stripsAWrapperButNotAList() throws IOException {
        ModulePaths wrapped = paths("/model/inner/blocks.0/to_q/MatMul", "/model/inner/proj_out/MatMul");
        assertThat(wrapped.prefix()).isEqualTo(ModulePath.of("model.inner"));
        assertThat(wrapped.all())
                .extracting(ModulePath::dotted)
                .containsExactly("blocks", "blocks.0", "blocks.0.to_q", "proj_out");
        ModulePaths list = paths("/blocks.0/to_q/MatMul", "/blocks.1/to_q/MatMul");
        assertThat(list.prefix()).isEqualTo(ModulePath.ROOT);
    }

    @Test
    void aNodeWithoutAPathTakesTheOneItsNeighboursShare() throws IOException {
        Graph graph = new TinyModel()
                .input("x")
                .named("/blocks.0/attn/to_q/Neg", "Neg", "a", "x")
                .node("Exp", "b", "a")
                .named("/blocks.0/attn/to_out/Neg", "Neg", "y", "b")
                .output("y")
                .write(temp)
                .graph();
        ModulePaths paths = ModulePaths.read(graph);
        assertThat(paths.of(graph.nodes().get(1))).isEqualTo(ModulePath.of("blocks.0.attn"));
        assertThat(paths.coverage()).isBetween(0.6, 0.7);
    }

    @Test
    void aNodeWithoutAPathBelongsToTheParameterItReads() throws IOException {
        // TorchScript stores one of two equal parameters, and names a copy after the other.
        Graph graph = new TinyModel()
                .input("x")
                .weight("blocks.1.ff.scale")
                .node("Identity", "proj_out.scale", "blocks.1.ff.scale")
                .node("Mul", "a", "x", "blocks.1.ff.scale")
                .named("/proj_out/module/MatMul", "MatMul", "b", "a", "x")
                .node("Mul", "c", "b", "proj_out.scale")
                .named("/Neg", "Neg", "y", "c")
                .output("y")
                .write(temp)
                .graph();
        ModulePaths paths = ModulePaths.read(graph);
        assertThat(graph.nodes().stream().map(node -> String.valueOf(paths.of(node))))
                .containsExactly("proj_out", "blocks.1.ff", "proj_out.module", "proj_out", "");
    }

    @Test
    void aParameterThatItsModuleReadsTwiceNamesBothReadersAndAMergedOneNobody() throws IOException {
        Graph graph = new TinyModel()
                .input("x")
                .weight("blocks.0.ff.bias")
                .weight("blocks.1.ff.bias")
                .weight("blocks.0.norm.weight")
                .node("Add", "a", "x", "blocks.0.ff.bias")
                .node("Add", "b", "a", "blocks.0.ff.bias")
                .node("Mul", "c", "b", "blocks.0.norm.weight")
                .node("Add", "d", "c", "blocks.1.ff.bias")
                .node("Mul", "y", "d", "blocks.0.norm.weight")
                .output("y")
                .write(temp)
                .graph();
        ModulePaths paths = ModulePaths.read(graph);
        assertThat(graph.nodes().subList(0, 2).stream().map(paths::of)).containsOnly(ModulePath.of("blocks.0.ff"));
        assertThat(graph.nodes().stream().map(paths::of)).doesNotContain(ModulePath.of("blocks.0.norm"));
    }

    private ModulePaths paths(String first, String second) throws IOException {
        return ModulePaths.read(new TinyModel()
                .input("x")
                .weight("w")
                .named(first, "MatMul", "a", "x", "w")
                .named(second, "MatMul", "y", "a", "w")
                .output("y")
                .write(temp)
                .graph());
    }

    private Node onlyNode(String name) throws IOException {
        return new TinyModel()
                .input("x")
                .named(name, "Neg", "y", "x")
                .output("y")
                .write(temp)
                .graph()
                .nodes()
                .get(0);
    }
}
