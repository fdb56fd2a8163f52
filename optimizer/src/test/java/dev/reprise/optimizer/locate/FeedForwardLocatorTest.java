package dev.reprise.optimizer.locate;

import static dev.reprise.optimizer.locate.SmallGraphs.withInputs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeedForwardLocatorTest {
    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"ff", "ffn", "mlp", "feed_forward", "ff_context", "mlp2"})
    void findsLayersBehindOneAnotherByName(String name) throws IOException {
        TinyModel model = withInputs("x");
        SmallGraphs.feedForward(model, "/blocks.0/" + name, "x", "ff");
        Location location = locate(model.named("/blocks.0/Add", "Add", "y", "x", "ff"));
        assertThat(location.modules()).singleElement().satisfies(module -> {
            assertThat(module.path().dotted()).isEqualTo("blocks.0." + name);
            assertThat(module.kind()).isEqualTo(ModuleKind.FEED_FORWARD);
            assertThat(module.core()).extracting(Node::name).containsExactly("/blocks.0/" + name + "/net.2/MatMul");
        });
    }

    @Test
    void findsNothingUnderAnotherName() throws IOException {
        TinyModel model = withInputs("x");
        SmallGraphs.feedForward(model, "/blocks.0/embedder", "x", "y");
        assertThat(locate(model).modules()).isEmpty();
    }

    @Test
    void findsItUnderAnotherNameByWhatItDoes() throws IOException {
        assertThat(locateWithAttention(mixerBlock("x", "latents")).modules())
                .filteredOn(module -> module.kind() == ModuleKind.FEED_FORWARD)
                .extracting(module -> module.path().dotted())
                .containsExactly("blocks.0.channel_mixer");
    }

    /** It embeds the timestep; what it makes is added to the hidden states, too. */
    @Test
    void aModuleThatReadsNoLatentsIsNone() throws IOException {
        assertThat(locateWithAttention(mixerBlock("x", "other")).modules())
                .filteredOn(module -> module.kind() == ModuleKind.FEED_FORWARD)
                .isEmpty();
    }

    @Test
    void aModuleWhoseOutputGatesTheHiddenStatesIsNone() throws IOException {
        TinyModel model = withInputs("latents").named("/proj_in/MatMul", "MatMul", "x", "latents", "w");
        SmallGraphs.attention(model, "/blocks.0/attn", "x", "x", "attn");
        model.named("/blocks.0/Add", "Add", "h", "x", "attn");
        SmallGraphs.feedForward(model, "/blocks.0/gate", "h", "g");
        assertThat(locateWithAttention(model.named("/blocks.0/Mul", "Mul", "y", "h", "g"))
                        .modules())
                .filteredOn(module -> module.kind() == ModuleKind.FEED_FORWARD)
                .isEmpty();
    }

    @Test
    void namesTellWhereThereAreAny() throws IOException {
        TinyModel model = mixerBlock("x", "latents");
        SmallGraphs.feedForward(model, "/blocks.0/mlp", "y", "z_ff");
        assertThat(locateWithAttention(model.named("/blocks.0/Add_2", "Add", "z", "y", "z_ff")
                                .output("z"))
                        .modules())
                .filteredOn(module -> module.kind() == ModuleKind.FEED_FORWARD)
                .extracting(module -> module.path().dotted())
                .containsExactly("blocks.0.mlp");
    }

    @Test
    void findsItBesideAttentionOutsideOfLists() throws IOException {
        TinyModel model = withInputs("latents").named("/proj_in/MatMul", "MatMul", "x", "latents", "w");
        SmallGraphs.block(model, "/mid_block", "x", "y");
        assertThat(locateWithAttention(model).modules())
                .filteredOn(module -> module.kind() == ModuleKind.FEED_FORWARD)
                .extracting(module -> module.path().dotted())
                .containsExactly("mid_block.ff");
    }

    /** Attention, and a module of layers that makes {@code ff} of the input {@code from}. */
    private static TinyModel mixerBlock(String residual, String from) {
        TinyModel model = withInputs("latents", "other").named("/proj_in/MatMul", "MatMul", residual, "latents", "w");
        SmallGraphs.attention(model, "/blocks.0/attn", residual, residual, "attn");
        model.named("/blocks.0/Add", "Add", "h", residual, "attn");
        SmallGraphs.feedForward(model, "/blocks.0/channel_mixer", from.equals("latents") ? "h" : from, "ff");
        return model.named("/blocks.0/Add_1", "Add", "y", "h", "ff");
    }

    private Location locateWithAttention(TinyModel tiny) throws IOException {
        AnalyzedGraph graph = SmallGraphs.analyze(tiny.output("y"), temp);
        return new FeedForwardLocator().locate(graph, new AttentionLocator().locate(graph, Location.NOTHING));
    }

    @Test
    void findsNothingOutsideOfLists() throws IOException {
        TinyModel model = withInputs("latents").named("/proj_in/MatMul", "MatMul", "x", "latents", "w");
        SmallGraphs.feedForward(model, "/decoder/ff", "x", "y");
        assertThat(locate(model).modules()).isEmpty();
    }

    @Test
    void findsNothingInASingleLayer() throws IOException {
        assertThat(locate(withInputs("x")
                                .named("/blocks.0/ff/net.0/MatMul", "MatMul", "ff", "x", "w")
                                .named("/blocks.0/Add", "Add", "y", "x", "ff"))
                        .modules())
                .isEmpty();
    }

    @Test
    void findsNothingAroundAttention() throws IOException {
        TinyModel model = withInputs("x");
        SmallGraphs.attention(model, "/blocks.0/ff/attn", "x", "x", "y");
        AnalyzedGraph graph = SmallGraphs.analyze(model.output("y"), temp);
        Location attention = new AttentionLocator().locate(graph, Location.NOTHING);
        assertThat(attention.modules()).hasSize(1);
        assertThat(new FeedForwardLocator().locate(graph, attention)).isEqualTo(attention);
    }

    private Location locate(TinyModel tiny) throws IOException {
        return new FeedForwardLocator().locate(SmallGraphs.analyze(tiny.output("y"), temp), Location.NOTHING);
    }
}
