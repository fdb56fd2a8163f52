package dev.reprise.optimizer.locate;

import static dev.reprise.optimizer.locate.SmallGraphs.withInputs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.BlockChain.Block;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.api.Warning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChainLocatorTest {
    @TempDir
    private Path temp;

    @Test
    void followsTheHiddenStatesThroughTheBlocks() throws IOException {
        TinyModel model = withInputs("hidden_states").named("/proj_in/MatMul", "MatMul", "x", "hidden_states", "w");
        SmallGraphs.block(model, "/blocks.0", "x", "h1");
        SmallGraphs.block(model, "/blocks.1", "h1", "h2");
        Location location = locate(model.named("/proj_out/MatMul", "MatMul", "y", "h2", "w"));
        assertThat(location.chain())
                .isEqualTo(new BlockChain(
                        "x",
                        null,
                        "h1_norm1",
                        List.of(new Block("blocks.0", "h1", null), new Block("blocks.1", "h2", null))));
        assertThat(location.warnings()).isEmpty();
    }

    @Test
    void followsTheEncoderStreamBesideIt() throws IOException {
        TinyModel model = withInputs("hidden_states", "text")
                .named("/proj_in/MatMul", "MatMul", "x", "hidden_states", "w")
                .named("/context/MatMul", "MatMul", "e0", "text", "w");
        doubleStreamBlock(model, 0, "x", "e0", "h1", "e1");
        doubleStreamBlock(model, 1, "h1", "e1", "h2", "e2");
        model.named("/proj_out/MatMul", "MatMul", "y", "h2", "w").output("e2");
        BlockChain chain = locate(model).chain();
        assertThat(chain).isNotNull();
        assertThat(chain.encoderHiddenStates()).isEqualTo("e0");
        assertThat(chain.blocks())
                .containsExactly(new Block("blocks.0", "h1", "e1"), new Block("blocks.1", "h2", "e2"));
    }

    @Test
    void hiddenStatesComeFirstAmongTheOutputsOfABlock() throws IOException {
        TinyModel model = withInputs("hidden_states", "text")
                .named("/proj_in/MatMul", "MatMul", "x", "hidden_states", "w")
                .named("/context/MatMul", "MatMul", "e0", "text", "w");
        doubleStreamBlock(model, 0, "x", "e0", "h1", "e1");
        Location location = locate(model.named("/Add", "Add", "y", "h1", "e1"));
        assertThat(location.modules())
                .filteredOn(module -> module.path().dotted().equals("blocks.0"))
                .singleElement()
                .satisfies(block -> assertThat(block.outputs().get(0).name()).isEqualTo("h1"));
    }

    @Test
    void endsWhereTheResidualStreamEnds() throws IOException {
        TinyModel model = withInputs("hidden_states").named("/proj_in/MatMul", "MatMul", "x", "hidden_states", "w");
        SmallGraphs.block(model, "/blocks.0", "x", "h1");
        SmallGraphs.attention(model, "/blocks.1/attn1", "h1", "h1", "a");
        model.named("/blocks.1/Neg", "Neg", "b", "a").named("/Mul", "Mul", "y", "a", "b");
        Location location = locate(model);
        assertThat(location.chain()).isNotNull();
        assertThat(location.chain().blocks()).containsExactly(new Block("blocks.0", "h1", null));
        assertThat(location.warnings()).singleElement().satisfies(warning -> {
            assertThat(warning.code()).isEqualTo(Warning.Code.NO_BLOCK_CHAIN);
            assertThat(warning.message()).contains("ends before blocks.1");
        });
    }

    @Test
    void findsNothingWhereTheFirstBlockAddsNothingToWhatEntersIt() throws IOException {
        TinyModel model = withInputs("hidden_states").named("/proj_in/MatMul", "MatMul", "x", "hidden_states", "w");
        SmallGraphs.attention(model, "/blocks.0/attn1", "x", "x", "a");
        Location location = locate(model.named("/blocks.0/Mul", "Mul", "h1", "x", "a")
                .named("/proj_out/MatMul", "MatMul", "y", "h1", "w"));
        assertThat(location.chain()).isNull();
        assertThat(location.warnings()).extracting(Warning::code).containsExactly(Warning.Code.NO_BLOCK_CHAIN);
    }

    @Test
    void findsNothingWithoutBlocks() throws IOException {
        AnalyzedGraph graph = SmallGraphs.analyze(
                withInputs("x").named("/Neg", "Neg", "y", "x").output("y"), temp);
        assertThat(new ChainLocator().locate(graph, Location.NOTHING)).isEqualTo(Location.NOTHING);
    }

    /** Joint attention whose outputs are added to both streams. */
    private static void doubleStreamBlock(TinyModel model, int index, String h, String e, String hOut, String eOut) {
        String scope = "/blocks." + index;
        SmallGraphs.attention(model, scope + "/attn", h, e, hOut + "_attn");
        model.named(scope + "/attn/to_add_out/MatMul", "MatMul", eOut + "_attn", hOut + "_attn_heads", "w")
                .named(scope + "/Add", "Add", eOut, e, eOut + "_attn")
                .named(scope + "/Add_1", "Add", hOut, h, hOut + "_attn");
    }

    private Location locate(TinyModel tiny) throws IOException {
        AnalyzedGraph graph = SmallGraphs.analyze(tiny.output("y"), temp);
        Location location = Location.NOTHING;
        for (Locator locator : List.of(new AttentionLocator(), new BlockLocator(), new ChainLocator())) {
            location = locator.locate(graph, location);
        }
        return location;
    }
}
