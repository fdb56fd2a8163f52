package dev.reprise.optimizer.locate;

import static dev.reprise.optimizer.locate.SmallGraphs.withInputs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttentionLocatorTest {
    @TempDir
    private Path temp;

    @Test
    void findsTheSmallestModuleWithTheProjections() throws IOException {
        TinyModel model = withInputs("x");
        SmallGraphs.attention(model, "/blocks.0/attn1", "x", "x", "attn");
        Location location = locate(model.named("/blocks.0/Add", "Add", "y", "x", "attn"));
        assertThat(location.modules()).singleElement().satisfies(module -> {
            assertThat(module.path().dotted()).isEqualTo("blocks.0.attn1");
            assertThat(module.kind()).isEqualTo(ModuleKind.SELF_ATTENTION);
            assertThat(module.inputs()).extracting(Value::name).containsExactly("x");
            assertThat(module.outputs()).extracting(Value::name).containsExactly("attn");
        });
        assertThat(location.warnings()).isEmpty();
    }

    @Test
    void findsLinearAttentionByItsName() throws IOException {
        Location location = locate(linearAttention("attn1"));
        assertThat(location.modules())
                .extracting(module -> module.path().dotted())
                .containsExactly("blocks.0.attn1");
    }

    @Test
    void findsLinearAttentionWithOneProjectionOfQueriesKeysAndValues() throws IOException {
        TinyModel model = withInputs("x")
                .named("/blocks.0/attn/qkv/MatMul", "MatMul", "qkv", "x", "w")
                .named("/blocks.0/attn/Relu", "Relu", "k", "qkv")
                .named("/blocks.0/attn/MatMul", "MatMul", "state", "qkv", "k");
        assertThat(locate(model.named("/blocks.0/attn/MatMul_1", "MatMul", "attn", "state", "k")
                                .named("/blocks.0/Add", "Add", "y", "x", "attn"))
                        .modules())
                .singleElement()
                .satisfies(module -> {
                    assertThat(module.path().dotted()).isEqualTo("blocks.0.attn");
                    assertThat(module.kind()).isEqualTo(ModuleKind.SELF_ATTENTION);
                });
    }

    @Test
    void findsNothingInASingleProductOfOneProjection() throws IOException {
        assertThat(locate(withInputs("x")
                                .named("/blocks.0/attn/proj/MatMul", "MatMul", "p", "x", "w")
                                .named("/blocks.0/attn/MatMul", "MatMul", "attn", "p", "p")
                                .named("/blocks.0/Add", "Add", "y", "x", "attn"))
                        .modules())
                .isEmpty();
    }

    @Test
    void findsNoLinearAttentionUnderAnotherName() throws IOException {
        assertThat(locate(linearAttention("mixer")).modules()).isEmpty();
    }

    @Test
    void findsNothingWhereASoftmaxWeightsNoProduct() throws IOException {
        Location location = locate(withInputs("x")
                .named("/head/proj/MatMul", "MatMul", "logits", "x", "w")
                .named("/head/Softmax", "Softmax", "probabilities", "logits")
                .named("/head/out/MatMul", "MatMul", "y", "probabilities", "w"));
        assertThat(location).isEqualTo(Location.NOTHING);
    }

    @Test
    void leavesAttentionThatABlockComputesItself() throws IOException {
        TinyModel model = withInputs("x");
        SmallGraphs.attention(model, "/blocks.0", "x", "x", "attn");
        SmallGraphs.feedForward(model, "/blocks.0/ff", "attn", "y");
        assertThat(locate(model)).isEqualTo(Location.NOTHING);
    }

    private static TinyModel linearAttention(String name) {
        String scope = "/blocks.0/" + name;
        return withInputs("x")
                .named(scope + "/to_q/MatMul", "MatMul", "q", "x", "w")
                .named(scope + "/to_k/MatMul", "MatMul", "k", "x", "w")
                .named(scope + "/to_v/MatMul", "MatMul", "v", "x", "w")
                .named(scope + "/MatMul", "MatMul", "state", "k", "v")
                .named(scope + "/MatMul_1", "MatMul", "attn", "q", "state")
                .named("/blocks.0/Add", "Add", "y", "x", "attn");
    }

    private Location locate(TinyModel tiny) throws IOException {
        return new AttentionLocator().locate(SmallGraphs.analyze(tiny.output("y"), temp), Location.NOTHING);
    }
}
