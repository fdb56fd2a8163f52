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

/** Blocks that are containers: norm, attention and feed-forward are called by the model, which has the sums. */
class OutsideBlocksTest {
    @TempDir
    private Path folder;

    @Test
    void aSumBetweenTheModulesOfABlockBelongsToIt() throws IOException {
        Graph graph = read(model("/net"));
        assertThat(path(graph, "x0_attn_sum")).isEqualTo("layers.0");
        assertThat(path(graph, "x1_attn_sum")).isEqualTo("layers.1");
    }

    @Test
    void aNodeWithoutAPathInsideAModuleOfABlockBelongsToThatModule() throws IOException {
        Graph graph = read(model("/net"));
        assertThat(path(graph, "x0_split")).isEqualTo("layers.0.attn");
    }

    /** Text and video tokens are joined behind a block, and taken apart for the next one. */
    @Test
    void aBlockEndsWhereTheFewestValuesLeadOn() throws IOException {
        Graph graph = read(model("/net"));
        assertThat(path(graph, "x1")).as("the last Concat of block 0").isEqualTo("layers.0");
        assertThat(path(graph, "x1_text")).as("the Slice for block 1").isEqualTo("layers.1");
        assertThat(path(graph, "x0_text")).as("the Slice for block 0").isEqualTo("layers.0");
    }

    @Test
    void whatIsAddedBetweenTwoBlocksBelongsToNeither() throws IOException {
        TinyModel model = inputs().input("hint");
        block(model, "/net", 0, "x0", "x1");
        model.named("/net/Hint", "Add", "hinted", "x1", "hint");
        block(model, "/net", 1, "hinted", "x2");
        assertThat(path(read(end(model)), "hinted")).isEqualTo("");
    }

    @Test
    void blocksWithSumsOfTheirOwnStayAsTheyAre() throws IOException {
        TinyModel model = inputs();
        block(model, "/net/layers.0", 0, "x0", "x1");
        block(model, "/net/layers.1", 1, "x1", "x2");
        model.named("/net/Scale", "Mul", "scaled", "x2", "scale");
        Graph graph = model.named("/net/head/MatMul", "MatMul", "y", "scaled", "w")
                .output("y")
                .write(folder)
                .graph();
        assertThat(path(graph, "x1_text")).isEqualTo("layers.1");
        assertThat(path(graph, "scaled")).isEqualTo("");
    }

    /** Work grows with entries times nodes; no network has so many. */
    @Test
    void listsLongerThanAnyNetworksAreLeftAlone() throws IOException {
        TinyModel model = inputs();
        for (int index = 0; index <= 1000; index++) {
            block(model, "/net", index, "x" + index, "x" + (index + 1));
        }
        model.named("/net/head/MatMul", "MatMul", "y", "x1001", "w").output("y");
        assertThat(path(read(model), "x0_attn_sum")).isEqualTo("");
    }

    private static TinyModel inputs() {
        return new TinyModel()
                .input("latents")
                .weight("w")
                .weight("scale")
                .weight("starts")
                .weight("ends")
                .named("/net/x_in/MatMul", "MatMul", "x0", "latents", "w");
    }

    private static TinyModel model(String caller) {
        TinyModel model = inputs();
        block(model, caller, 0, "x0", "x1");
        block(model, caller, 1, "x1", "x2");
        return end(model);
    }

    private static TinyModel end(TinyModel model) {
        return model.named("/net/head/MatMul", "MatMul", "y", "x2", "w").output("y");
    }

    private Graph read(TinyModel model) throws IOException {
        return model.write(folder).graph();
    }

    /** A block over [text; video] in one sequence, with gates of its own for both. */
    private static void block(TinyModel model, String caller, int index, String in, String out) {
        String modules = "/net/layers." + index;
        String id = "x" + index;
        model.named(caller + "/Slice", "Slice", id + "_text", in, "starts", "ends")
                .named(caller + "/Slice_1", "Slice", id + "_video", in, "starts", "ends")
                .named(modules + "/norm/LayerNormalization", "LayerNormalization", id + "_norm", id + "_video", "scale")
                .named(caller + "/Concat", "Concat", id + "_both", id + "_text", id + "_norm")
                .named(modules + "/attn/qkv/MatMul", "MatMul", id + "_qkv", id + "_both", "w")
                .node("Identity", id + "_split", id + "_qkv")
                .named(modules + "/attn/Softmax", "Softmax", id + "_weights", id + "_split")
                .named(modules + "/attn/MatMul", "MatMul", id + "_attn", id + "_weights", id + "_qkv")
                .named(caller + "/Slice_2", "Slice", id + "_attn_video", id + "_attn", "starts", "ends")
                .named(caller + "/Slice_3", "Slice", id + "_attn_text", id + "_attn", "starts", "ends")
                .named(caller + "/Add_2", "Add", id + "_text_out", id + "_text", id + "_attn_text")
                .named(caller + "/Mul", "Mul", id + "_gated", id + "_attn_video", "scale")
                .named(caller + "/Add", "Add", id + "_attn_sum", id + "_video", id + "_gated")
                .named(modules + "/mlp/fc1/MatMul", "MatMul", id + "_wide", id + "_attn_sum", "w")
                .named(modules + "/mlp/fc2/MatMul", "MatMul", id + "_mlp", id + "_wide", "w")
                .named(caller + "/Mul_1", "Mul", id + "_mlp_gated", id + "_mlp", "scale")
                .named(caller + "/Add_1", "Add", id + "_video_out", id + "_attn_sum", id + "_mlp_gated")
                .named(caller + "/Concat_1", "Concat", out, id + "_text_out", id + "_video_out");
    }

    private static String path(Graph graph, String value) {
        ModulePath path = ModulePaths.read(graph)
                .of(Objects.requireNonNull(
                        Objects.requireNonNull(graph.value(value)).producer()));
        return path == null ? "none" : path.dotted();
    }
}
