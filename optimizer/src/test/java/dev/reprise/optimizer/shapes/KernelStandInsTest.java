package dev.reprise.optimizer.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model with operators that the CPU provider has no kernel for has types all the same. */
class KernelStandInsTest {
    @TempDir
    private Path folder;

    @Test
    void aConvolutionOverChannelsLastHasItsShape() throws IOException {
        TinyModel model = image().initializer(zeros("w", 16, 3, 3, 8));
        OnnxModel written =
                output(model.node(microsoft("NhwcConv", "y", "x", "w")), "y").write(folder);
        assertThat(shape(written, "y")).containsExactly(2L, 6L, 6L, 16L);
    }

    @Test
    void aGroupNormHasTheShapeOfWhatItNormalizes() throws IOException {
        NodeProto.Builder norm = microsoft("GroupNorm", "y", "x", "gamma", "beta")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("activation")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(0))
                .addAttribute(AttributeProto.newBuilder()
                        .setName("groups")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(2));
        TinyModel model = image().initializer(zeros("gamma", 8))
                .initializer(zeros("beta", 8))
                .node(norm);
        assertThat(shape(output(model, "y").write(folder), "y")).containsExactly(2L, 8L, 8L, 8L);
    }

    @Test
    void aSplitGeluHalvesTheChannels() throws IOException {
        TinyModel model = new TinyModel()
                .input("x", ElementType.FLOAT, 2, 5, 8)
                .initializer(zeros("bias", 8))
                .node(microsoft("BiasSplitGelu", "y", "x", "bias"));
        assertThat(shape(output(model, "y").write(folder), "y")).containsExactly(2L, 5L, 4L);
    }

    @Test
    void ofAnyOtherTheTypeIsKnownAndTheShapeIsNot() throws IOException {
        TinyModel model = image().node(microsoft("RemovePadding", "y", "x")).node("Neg", "z", "y");
        OnnxModel written = KernelStandIns.replace(output(model, "z").write(folder), Set.of("RemovePadding"));
        TensorTypes types = TensorTypes.infer(written, Map.of());
        assertThat(types.elementType(written.graph().value("z"))).isEqualTo(ElementType.FLOAT);
        assertThat(types.shape(written.graph().value("y"))).isNull();
    }

    @Test
    void thoseWithAStandInOfTheRightShapeAreKnown() throws IOException {
        OnnxModel model = output(image().node(microsoft("BiasAdd", "y", "x")).node("Neg", "z", "y"), "z")
                .write(folder);
        assertThat(KernelStandIns.known(model)).containsExactly("BiasAdd");
    }

    @Test
    void changesNothingWhereNoneIsNeeded() throws IOException {
        OnnxModel model = output(image().node("Neg", "y", "x"), "y").write(folder);
        assertThat(KernelStandIns.replace(model, Set.of())).isSameAs(model);
    }

    private static TinyModel image() {
        return new TinyModel().input("x", ElementType.FLOAT, 2, 8, 8, 8);
    }

    /** The model with the number of elements of a value as its output, so that nothing declares the value's own shape. */
    private static TinyModel output(TinyModel model, String value) {
        return model.node("Size", "size", value).output("size", ElementType.INT64);
    }

    private static NodeProto.Builder microsoft(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .setDomain("com.microsoft")
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }

    private static TensorProto.Builder zeros(String name, long... dimensions) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
        long count = 1;
        for (long dimension : dimensions) {
            tensor.addDims(dimension);
            count *= dimension;
        }
        for (long i = 0; i < count; i++) {
            tensor.addFloatData(0);
        }
        return tensor;
    }

    private static List<Long> shape(OnnxModel model, String value) {
        return TensorTypes.infer(model, Map.of()).shape(model.graph().value(value));
    }
}
