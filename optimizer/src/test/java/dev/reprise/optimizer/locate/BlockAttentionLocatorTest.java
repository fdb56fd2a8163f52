package dev.reprise.optimizer.locate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.api.Warning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockAttentionLocatorTest {
    @TempDir
    private Path temp;

    /** The gate behind the projection is no part of it, and both streams leave it. */
    @Test
    void ofADoubleStreamBlockTheTwoProjectionsAreItsOutputs() throws IOException {
        TinyModel model = SmallGraphs.withInputs("x", "text", "gate");
        core(model, "/blocks.0", "x", "text", "heads");
        model.named("/blocks.0/img_attn/proj/MatMul", "MatMul", "img", "heads", "w")
                .named("/blocks.0/txt_attn/proj/MatMul", "MatMul", "txt", "heads", "w")
                .named("/blocks.0/Mul", "Mul", "gated", "gate", "img")
                .named("/blocks.0/Add", "Add", "h", "x", "gated")
                .named("/blocks.0/Add_1", "Add", "y", "h", "txt");
        LocatedModule attention = only(locate(model.output("y")));
        assertThat(attention.path().dotted()).isEqualTo("blocks.0.attention");
        assertThat(attention.kind()).isEqualTo(ModuleKind.JOINT_ATTENTION);
        assertThat(attention.outputs()).extracting(Value::name).containsExactly("img", "txt");
        assertThat(attention.inputs()).extracting(Value::name).containsExactly("x", "text");
    }

    /** The projection behind it works on the feed-forward too, so the value before it is the output. */
    @Test
    void besideAFeedForwardItEndsBeforeTheProjectionThatBothShare() throws IOException {
        TinyModel model = SmallGraphs.withInputs("x")
                .named("/blocks.0/linear1/MatMul", "MatMul", "in", "x", "w")
                .named("/blocks.0/Transpose", "Transpose", "kt", "in")
                .named("/blocks.0/MatMul", "MatMul", "scores", "in", "kt")
                .named("/blocks.0/Softmax", "Softmax", "weights", "scores")
                .named("/blocks.0/MatMul_1", "MatMul", "heads", "weights", "in")
                .named("/blocks.0/mlp_act/Relu", "Relu", "wide", "in")
                .named("/blocks.0/Add", "Add", "both", "heads", "wide")
                .named("/blocks.0/linear2/MatMul", "MatMul", "out", "both", "w")
                .named("/blocks.0/Add_1", "Add", "y", "x", "out")
                .output("y");
        LocatedModule attention = only(locate(model));
        assertThat(attention.path().dotted()).isEqualTo("blocks.0.attention");
        assertThat(attention.kind()).isEqualTo(ModuleKind.SELF_ATTENTION);
        assertThat(attention.outputs()).extracting(Value::name).containsExactly("heads");
        // The feed-forward needs the first projection as well, so that runs when the attention does not.
        assertThat(attention.nodes()).extracting(node -> node.name()).doesNotContain("/blocks.0/linear1/MatMul");
    }

    @Test
    void hasTheNameOfTheModuleThatHoldsItsProjections() throws IOException {
        TinyModel model = SmallGraphs.withInputs("x");
        selfAttention(model, "/blocks.0", "/blocks.0/inner/attn2", "x", "a");
        LocatedModule attention =
                only(locate(model.named("/blocks.0/Add", "Add", "y", "x", "a").output("y")));
        assertThat(attention.path().dotted()).isEqualTo("blocks.0.inner.attn2");
    }

    @Test
    void twoOneBehindTheOtherAreTwo() throws IOException {
        TinyModel model = SmallGraphs.withInputs("x");
        selfAttention(model, "/blocks.0", "/blocks.0", "x", "a");
        model.named("/blocks.0/Add", "Add", "h", "x", "a");
        selfAttention(model, "/blocks.0", "/blocks.0", "h", "b");
        model.named("/blocks.0/Add_1", "Add", "y", "h", "b").output("y");
        assertThat(locate(model).attention())
                .extracting(module -> module.path().dotted())
                .containsExactly("blocks.0.attention", "blocks.0.attention_1");
    }

    @Test
    void outsideOfBlocksThereIsAWarning() throws IOException {
        TinyModel model = SmallGraphs.withInputs("x");
        selfAttention(model, "", "/outer", "x", "y");
        Location location = locate(model.output("y"));
        assertThat(location.attention()).isEmpty();
        assertThat(location.warnings()).extracting(Warning::code).containsExactly(Warning.Code.UNLOCATED_ATTENTION);
    }

    @Test
    void doesNotFireWhereAModuleHoldsTheCore() throws IOException {
        TinyModel model = SmallGraphs.withInputs("x");
        SmallGraphs.block(model, "/blocks.0", "x", "y");
        AnalyzedGraph graph = SmallGraphs.analyze(model.output("y"), temp);
        Location named = new AttentionLocator().locate(graph, Location.NOTHING);
        assertThat(new BlockAttentionLocator().locate(graph, named)).isEqualTo(named);
    }

    /** Two streams that are projected on their own and attended to together; all matrices are square, so a sum joins them. */
    private static void core(TinyModel model, String scope, String image, String text, String out) {
        model.named(scope + "/img_attn/qkv/MatMul", "MatMul", "img_qkv", image, "w")
                .named(scope + "/txt_attn/qkv/MatMul", "MatMul", "txt_qkv", text, "w")
                .named(scope + "/Add_joined", "Add", "qkv", "img_qkv", "txt_qkv");
        weighted(model, scope, "qkv", out);
    }

    private static void selfAttention(TinyModel model, String scope, String layers, String in, String out) {
        model.named(layers + "/qkv/MatMul_" + out, "MatMul", out + "_qkv", in, "w");
        weighted(model, scope, out + "_qkv", out + "_heads");
        model.named(layers + "/proj/MatMul_" + out, "MatMul", out, out + "_heads", "w");
    }

    private static void weighted(TinyModel model, String scope, String qkv, String out) {
        model.named(scope + "/Transpose_" + out, "Transpose", out + "_kt", qkv)
                .named(scope + "/MatMul_" + out, "MatMul", out + "_scores", qkv, out + "_kt")
                .named(scope + "/Softmax_" + out, "Softmax", out + "_weights", out + "_scores")
                .named(scope + "/MatMul_1_" + out, "MatMul", out, out + "_weights", qkv);
    }

    private Location locate(TinyModel model) throws IOException {
        AnalyzedGraph graph = SmallGraphs.analyze(model, temp);
        Location location = Location.NOTHING;
        for (Locator locator : List.of(new AttentionLocator(), new BlockAttentionLocator())) {
            location = locator.locate(graph, location);
        }
        return location;
    }

    private static LocatedModule only(Location location) {
        assertThat(location.attention()).hasSize(1);
        return location.attention().get(0);
    }
}
