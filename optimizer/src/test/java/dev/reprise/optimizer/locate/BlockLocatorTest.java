package dev.reprise.optimizer.locate;

import static dev.reprise.optimizer.locate.SmallGraphs.withInputs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.optimizer.api.Warning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockLocatorTest {
    @TempDir
    private Path temp;

    @Test
    void findsTheEntriesThatHoldAttention() throws IOException {
        Location location = locate(twoLists("transformer_blocks", "refiner"), CutOptions.DEFAULTS);
        assertThat(location.lists())
                .extracting(BlockLocatorTest::describe)
                .containsExactly("transformer_blocks×2 chain", "refiner×1");
        assertThat(location.chainBlocks())
                .extracting(block -> block.path().dotted())
                .containsExactly("transformer_blocks.0", "transformer_blocks.1");
    }

    @Test
    void withoutKnownNamesAllTopLevelListsFormTheChain() throws IOException {
        assertThat(locate(twoLists("stages", "refiner"), CutOptions.DEFAULTS).lists())
                .extracting(BlockLocatorTest::describe)
                .containsExactly("stages×2 chain", "refiner×1 chain");
    }

    @Test
    void withoutTopLevelListsTheLargestFormsTheChain() throws IOException {
        assertThat(locate(twoLists("encoder/layer", "decoder/refiner"), CutOptions.DEFAULTS)
                        .lists())
                .extracting(BlockLocatorTest::describe)
                .containsExactly("encoder.layer×2 chain", "decoder.refiner×1");
    }

    @Test
    void theUsersListsFormTheChain() throws IOException {
        CutOptions options = new CutOptions(List.of("refiner"), List.of(), Map.of(), false);
        assertThat(locate(twoLists("transformer_blocks", "refiner"), options).lists())
                .extracting(BlockLocatorTest::describe)
                .containsExactly("transformer_blocks×2", "refiner×1 chain");
        CutOptions wrong = new CutOptions(List.of("decoder"), List.of(), Map.of(), false);
        assertThatThrownBy(() -> locate(twoLists("transformer_blocks", "refiner"), wrong))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("decoder", "transformer_blocks", "refiner");
    }

    @Test
    void aBlockBetweenTwoListsIsInTheChain() throws IOException {
        assertThat(locate(middle("/mid_block", true), CutOptions.DEFAULTS).chainBlocks())
                .extracting(block -> block.path().dotted())
                .containsExactly("in_blocks.0", "mid_block", "out_blocks.0");
    }

    @Test
    void attentionAloneBetweenTwoListsIsNoBlock() throws IOException {
        assertThat(locate(middle("/pool", false), CutOptions.DEFAULTS).chainBlocks())
                .extracting(block -> block.path().dotted())
                .containsExactly("in_blocks.0", "out_blocks.0");
    }

    private static TinyModel middle(String scope, boolean isBlock) {
        TinyModel model = withInputs("x");
        SmallGraphs.block(model, "/in_blocks.0", "x", "a");
        if (isBlock) {
            SmallGraphs.block(model, scope, "a", "b");
        } else {
            SmallGraphs.attention(model, scope + "/attn", "a", "a", "b");
        }
        SmallGraphs.block(model, "/out_blocks.0", "b", "y");
        return model;
    }

    @Test
    void aListInsideABlockBelongsToTheBlock() throws IOException {
        TinyModel model = withInputs("x");
        SmallGraphs.attention(model, "/blocks.0/layers.0/attn", "x", "x", "a");
        SmallGraphs.attention(model, "/blocks.0/layers.1/attn", "a", "a", "y");
        assertThat(locate(model, CutOptions.DEFAULTS).lists())
                .extracting(BlockLocatorTest::describe)
                .containsExactly("blocks×1 chain");
    }

    @Test
    void findsNothingWhereNoListHoldsAttention() throws IOException {
        TinyModel model = withInputs("latents").named("/proj_in/MatMul", "MatMul", "x", "latents", "w");
        SmallGraphs.attention(model, "/decoder/attn", "x", "x", "y");
        Location location = locate(model, CutOptions.DEFAULTS);
        assertThat(location.lists()).isEmpty();
        assertThat(location.warnings()).extracting(Warning::code).containsExactly(Warning.Code.NO_BLOCK_CHAIN);
    }

    /** Two blocks in one list, then one in another. */
    private static TinyModel twoLists(String first, String second) {
        TinyModel model = withInputs("x");
        SmallGraphs.block(model, "/" + first + ".0", "x", "h1");
        SmallGraphs.block(model, "/" + first + ".1", "h1", "h2");
        SmallGraphs.block(model, "/" + second + ".0", "h2", "y");
        return model;
    }

    private Location locate(TinyModel tiny, CutOptions options) throws IOException {
        AnalyzedGraph graph = SmallGraphs.analyze(tiny.output("y"), temp, options);
        Location attention = new AttentionLocator().locate(graph, Location.NOTHING);
        return new BlockLocator().locate(graph, new FeedForwardLocator().locate(graph, attention));
    }

    private static String describe(BlockList list) {
        return list.path() + "×" + list.blocks().size() + (list.isInChain() ? " chain" : "");
    }
}
