package dev.reprise.optimizer.paths;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Graph;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.api.CutOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two blocks as an optimizer leaves them: no node has a name, weights are folded, biases alone tell where they belong. */
class PathCompletionTest {
    @TempDir
    private Path folder;

    private Graph graph;
    private ModulePaths paths;

    @BeforeEach
    void read() throws IOException {
        TinyModel model = begin();
        block(model, 0, "h0", "h1");
        block(model, 1, "h1", "h2");
        finish(model, "h2");
    }

    private static TinyModel begin() {
        TinyModel model = new TinyModel().input("latents").weight("scale").weight("range");
        linear(model, "h0", "latents", "pos_embed.proj");
        return model;
    }

    private void finish(TinyModel model, String last) throws IOException {
        model.node("LayerNormalization", "normed", last, "scale");
        linear(model, "sample", "normed", "proj_out");
        graph = model.output("sample").write(folder).graph();
        paths = ModulePaths.read(graph);
    }

    private static void block(TinyModel model, int index, String in, String out) {
        String block = "transformer_blocks." + index;
        String id = index + "_";
        model.weight(block + ".gate").node("LayerNormalization", id + "norm", in, "scale");
        linear(model, id + "q", id + "norm", block + ".attn1.to_q");
        linear(model, id + "k", id + "norm", block + ".attn1.to_k");
        linear(model, id + "v", id + "norm", block + ".attn1.to_v");
        model.node("Transpose", id + "kt", id + "k")
                .node("MatMul", id + "scores", id + "q", id + "kt")
                .node("Softmax", id + "weights", id + "scores")
                .node("MatMul", id + "heads", id + "weights", id + "v");
        linear(model, id + "attn", id + "heads", block + ".attn1.to_out.0");
        model.node("Mul", id + "gated", id + "attn", "scale").node("Add", id + "x", in, id + "gated");
        linear(model, id + "ff0", id + "x", block + ".ff.net.0.proj");
        model.node("Relu", id + "relu", id + "ff0");
        linear(model, id + "ff", id + "relu", block + ".ff.net.2");
        model.node("Identity", id + "ff_out", id + "ff")
                .node("Mul", id + "ff_gated", id + "ff_out", "scale")
                .node("Add", out, id + "x", id + "ff_gated");
    }

    private static void linear(TinyModel model, String out, String in, String module) {
        model.weight("folded_" + module.hashCode())
                .weight(module + ".bias")
                .node("MatMul", out + "_product", in, "folded_" + module.hashCode())
                .node("Add", out, out + "_product", module + ".bias");
    }

    private String pathOf(String value) {
        return String.valueOf(paths.of(Objects.requireNonNull(
                Objects.requireNonNull(graph.value(value)).producer())));
    }

    @Test
    void aProductBelongsWhereItsBiasDoes() {
        assertThat(pathOf("h0_product")).isEqualTo("pos_embed.proj");
        assertThat(pathOf("1_q_product")).isEqualTo("transformer_blocks.1.attn1.to_q");
        assertThat(pathOf("sample_product")).isEqualTo("proj_out");
    }

    @Test
    void aCoreBelongsToTheModuleOfItsProjections() {
        assertThat(pathOf("0_kt")).isEqualTo("transformer_blocks.0.attn1");
        assertThat(pathOf("0_scores")).isEqualTo("transformer_blocks.0.attn1");
        assertThat(pathOf("0_weights")).isEqualTo("transformer_blocks.0.attn1");
        assertThat(pathOf("0_heads")).isEqualTo("transformer_blocks.0.attn1");
    }

    @Test
    void whatLiesBetweenTwoNodesOfAModuleLiesInIt() {
        assertThat(pathOf("0_relu")).isEqualTo("transformer_blocks.0.ff.net");
        assertThat(pathOf("0_x")).isEqualTo("transformer_blocks.0");
    }

    @Test
    void sumsCloseABlockAndNormsOpenTheNext() {
        assertThat(pathOf("0_ff_out")).isEqualTo("transformer_blocks.0.ff.net.2");
        assertThat(pathOf("h1")).isEqualTo("transformer_blocks.0");
        assertThat(pathOf("1_norm")).isEqualTo("transformer_blocks.1");
        assertThat(pathOf("h2")).isEqualTo("transformer_blocks.1");
    }

    @Test
    void aBlockTakesItsJointStreamsApart() throws IOException {
        TinyModel model = begin();
        block(model, 0, "h0", "joint1");
        slice(model, "text1", "joint1");
        slice(model, "image1", "joint1");
        model.node("Concat", "h1", "text1", "image1");
        block(model, 1, "h1", "joint2");
        slice(model, "image2", "joint2");
        slice(model, "newest", "image2");
        finish(model, "newest");

        assertThat(pathOf("text1")).isEqualTo("transformer_blocks.0");
        assertThat(pathOf("image1")).isEqualTo("transformer_blocks.0");
        assertThat(pathOf("image2")).isEqualTo("transformer_blocks.1");
        assertThat(pathOf("newest")).isNotEqualTo("transformer_blocks.1");
    }

    @Test
    void tokensThatAreDroppedBehindTheLastBlockAreNotItsMatter() throws IOException {
        TinyModel model = begin();
        block(model, 0, "h0", "h1");
        block(model, 1, "h1", "h2");
        slice(model, "image", "h2");
        finish(model, "image");

        assertThat(pathOf("image")).isNotEqualTo("transformer_blocks.1");
    }

    private static void slice(TinyModel model, String out, String in) {
        model.node("Slice", out, in, "range", "range");
    }

    @Test
    void modulesAndTheChainAreFound() {
        CutModel cut = Optimizer.cut(folder.resolve("tiny.onnx"), CutOptions.DEFAULTS);
        assertThat(cut.manifest().modules())
                .filteredOn(module -> module.kind() != ModuleKind.TRANSFORMER_BLOCK)
                .extracting(module -> module.path())
                .containsExactlyInAnyOrder(
                        "transformer_blocks.0.attn1",
                        "transformer_blocks.0.ff",
                        "transformer_blocks.1.attn1",
                        "transformer_blocks.1.ff",
                        "proj_out");
        assertThat(cut.manifest().chain()).isNotNull();
        assertThat(cut.manifest().chain().hiddenStates()).isEqualTo("h0");
        assertThat(cut.manifest().chain().blocks())
                .extracting(block -> block.hiddenStates())
                .containsExactly("h1", "h2");
    }
}
