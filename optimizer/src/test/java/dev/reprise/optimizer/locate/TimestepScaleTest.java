package dev.reprise.optimizer.locate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.Graph;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestepScaleTest {
    /** Bits of 1000 and of 0.001 in the 16-bit formats. */
    private static final Map<ElementType, short[]> HALVES = Map.of(
            ElementType.FLOAT16, new short[] {0x63d0, 0x1419},
            ElementType.BFLOAT16, new short[] {0x447a, 0x3a83});

    @TempDir
    private Path temp;

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE", "INT64", "INT32"})
    void aTimestepTimesAThousandHasScaleThousand(ElementType type) throws IOException {
        assertThat(scale(timestep(type)
                        .initializer(raw("thousand", type, 1000))
                        .node("Mul", "scaled", "timestep", "thousand")))
                .isEqualTo(1000);
        assertThat(scale(timestep(type)
                        .node(constant("thousand", raw("", type, 1000)))
                        .node("Mul", "scaled", "thousand", "timestep")))
                .isEqualTo(1000);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE"})
    void aTimestepDividedByAThousandthHasScaleThousand(ElementType type) throws IOException {
        assertThat(scale(timestep(type)
                        .initializer(raw("thousandth", type, 0.001))
                        .node("Div", "scaled", "timestep", "thousandth")))
                .isEqualTo(1000);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE", "INT64", "INT32"})
    void readsConstantsFromTypedFieldsToo(ElementType type) throws IOException {
        assertThat(scale(timestep(type)
                        .initializer(typed("thousand", type))
                        .node("Mul", "scaled", "timestep", "thousand")))
                .isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource({"value_float, FLOAT", "value_int, INT64", "value_floats, FLOAT", "value_ints, INT64"})
    void readsConstantsFromEveryAttribute(String attribute, ElementType type) throws IOException {
        AttributeProto.Builder thousand = AttributeProto.newBuilder().setName(attribute);
        switch (attribute) {
            case "value_float" ->
                thousand.setType(AttributeProto.AttributeType.FLOAT).setF(1000);
            case "value_int" ->
                thousand.setType(AttributeProto.AttributeType.INT).setI(1000);
            case "value_floats" ->
                thousand.setType(AttributeProto.AttributeType.FLOATS).addFloats(1000);
            default -> thousand.setType(AttributeProto.AttributeType.INTS).addInts(1000);
        }
        assertThat(scale(timestep(type)
                        .node(NodeProto.newBuilder()
                                .setOpType("Constant")
                                .addOutput("thousand")
                                .addAttribute(thousand))
                        .node("Mul", "scaled", "timestep", "thousand")))
                .isEqualTo(1000);
    }

    @Test
    void castsOfTheTimestepAndOfTheConstantAreFollowed() throws IOException {
        assertThat(scale(timestep(ElementType.FLOAT16)
                        .node(cast("wide", "timestep", ElementType.FLOAT))
                        .initializer(raw("integer", ElementType.INT64, 1000))
                        .node(cast("thousand", "integer", ElementType.FLOAT))
                        .node("Mul", "scaled", "thousand", "wide")))
                .isEqualTo(1000);
    }

    /** As models have it that count from noise to image. */
    @Test
    void theRestToOneTimesAThousandHasScaleThousand() throws IOException {
        assertThat(scale(timestep(ElementType.FLOAT)
                        .initializer(raw("one", ElementType.FLOAT, 1))
                        .initializer(raw("thousand", ElementType.FLOAT, 1000))
                        .node("Sub", "rest", "one", "timestep")
                        .node("Mul", "scaled", "rest", "thousand")))
                .isEqualTo(1000);
    }

    @Test
    void theRestToAnotherNumberIsNoScale() throws IOException {
        assertThat(scale(timestep(ElementType.FLOAT)
                        .initializer(raw("thousand", ElementType.FLOAT, 1000))
                        .node("Sub", "rest", "thousand", "timestep")
                        .node("Mul", "scaled", "rest", "thousand")))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 900, 100, 0.001})
    void otherFactorsAreNoScale(double factor) throws IOException {
        assertThat(scale(timestep(ElementType.FLOAT)
                        .initializer(raw("factor", ElementType.FLOAT, factor))
                        .node("Mul", "scaled", "timestep", "factor")))
                .isEqualTo(1);
    }

    @Test
    void aThousandDividedByTheTimestepIsNoScale() throws IOException {
        assertThat(scale(timestep(ElementType.FLOAT)
                        .initializer(raw("thousandth", ElementType.FLOAT, 0.001))
                        .node("Div", "scaled", "thousandth", "timestep")))
                .isEqualTo(1);
    }

    @Test
    void aThousandBehindTheEmbeddingIsNoScale() throws IOException {
        assertThat(scale(timestep(ElementType.FLOAT)
                        .initializer(raw("thousand", ElementType.FLOAT, 1000))
                        .node("Sin", "embedded", "timestep")
                        .node("Mul", "scaled", "embedded", "thousand")))
                .isEqualTo(1);
    }

    private static TinyModel timestep(ElementType type) {
        return new TinyModel().input("timestep", type, 1);
    }

    private double scale(TinyModel tiny) throws IOException {
        Graph graph = tiny.output("scaled").write(temp).graph();
        return TimestepScale.of(graph.inputs().get(0));
    }

    private static NodeProto.Builder constant(String output, TensorProto.Builder value) {
        return NodeProto.newBuilder()
                .setOpType("Constant")
                .addOutput(output)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(value));
    }

    private static NodeProto.Builder cast(String output, String input, ElementType to) {
        return TinyModel.nodeOf("", "Cast", output, input).toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("to")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(to.code()));
    }

    private static TensorProto.Builder raw(String name, ElementType type, double value) {
        ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        switch (type) {
            case FLOAT -> bytes.putFloat((float) value);
            case DOUBLE -> bytes.putDouble(value);
            case INT64 -> bytes.putLong((long) value);
            case INT32 -> bytes.putInt((int) value);
            default -> bytes.putShort(HALVES.get(type)[value == 1000 ? 0 : 1]);
        }
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.code())
                .setRawData(ByteString.copyFrom(bytes.flip()));
    }

    private static TensorProto.Builder typed(String name, ElementType type) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.code());
        return switch (type) {
            case FLOAT -> tensor.addFloatData(1000);
            case DOUBLE -> tensor.addDoubleData(1000);
            case INT64 -> tensor.addInt64Data(1000);
            case INT32 -> tensor.addInt32Data(1000);
            default -> tensor.addInt32Data(HALVES.get(type)[0]);
        };
    }
}
