package dev.reprise.optimizer.locate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SkipConnectionsTest {
    @TempDir
    private Path temp;

    @Test
    void skipConnectionsAreToldFromTheOutputInwards() throws IOException {
        assertThat(joins(unet(entering(), "a"))).containsExactly(List.of("a > up"), List.of("b > mid"));
    }

    /** Rotary embeddings turn one half of a split and put both together again. */
    @Test
    void twoPiecesOfOneSplitAreNoSkipConnection() throws IOException {
        TinyModel model = entering()
                .node(node("Split", "axis", 1, "first", "a").addOutput("second"))
                .node("Neg", "turned", "second")
                .node(node("Concat", "axis", 1, "rotated", "turned", "first"));
        assertThat(joins(unet(model, "rotated"))).containsExactly(List.of("a > up"), List.of("b > mid"));
    }

    /** Convolutions over channels last are joined channels first. */
    @Test
    void aValueThatIsTransposedForTheJoinAloneIsTheOneBeforeThat() throws IOException {
        TinyModel model = entering()
                .node(node("SpaceToDepth", "blocksize", 2, "b", "a"))
                .node("Relu", "mid", "b")
                .node("Transpose", "mid_turned", "mid")
                .node("Transpose", "b_turned", "b")
                .node(node("Concat", "axis", 1, "inner", "mid_turned", "b_turned"))
                .node("Reshape", "flat", "inner", "shape")
                .node(node("DepthToSpace", "blocksize", 2, "up", "flat"))
                .node(node("Concat", "axis", 1, "y", "up", "a"))
                .initializer(TensorProto.newBuilder()
                        .setName("shape")
                        .setDataType(TensorProto.DataType.INT64_VALUE)
                        .addDims(4)
                        .addAllInt64Data(List.of(1L, 32L, 2L, 2L)))
                .output("y", ElementType.FLOAT, 1, 12, 4, 4);
        assertThat(joins(model)).containsExactly(List.of("a > up"), List.of("b > mid"));
    }

    private List<List<String>> joins(TinyModel model) throws IOException {
        return new SkipConnections(SmallGraphs.analyze(model, temp))
                .blocks().stream()
                        .map(block -> block.stream()
                                .map(join -> join.skip().name() + " > "
                                        + join.entering().name())
                                .toList())
                        .toList();
    }

    private static TinyModel entering() {
        return new TinyModel().input("latents", ElementType.FLOAT, 1, 4, 4, 4).node("Relu", "a", "latents");
    }

    /** Two skip connections, {@code a} and {@code b}, with half the resolution in between. */
    private static TinyModel unet(TinyModel model, String in) {
        return model.node(node("SpaceToDepth", "blocksize", 2, "b", in))
                .node("Relu", "mid", "b")
                .node(node("Concat", "axis", 1, "inner", "mid", "b"))
                .node(node("DepthToSpace", "blocksize", 2, "up", "inner"))
                .node(node("Concat", "axis", 1, "y", "up", "a"))
                .output("y", ElementType.FLOAT, 1, 12, 4, 4);
    }

    private static NodeProto.Builder node(
            String operator, String attribute, long value, String output, String... inputs) {
        return TinyModel.nodeOf("", operator, output, inputs).toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName(attribute)
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(value));
    }
}
