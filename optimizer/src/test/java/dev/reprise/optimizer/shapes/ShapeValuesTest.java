package dev.reprise.optimizer.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.TensorProto;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ShapeValuesTest {
    static Stream<Arguments> evaluates() {
        return Stream.of(
                evaluates(SmallNode.of("Constant").list("value_ints", 5, 6), 5, 6),
                evaluates(SmallNode.of("Constant").with("value_int", 5), 5),
                evaluates(SmallNode.of("Shape").shape(2, 3, 4), 2, 3, 4),
                evaluates(SmallNode.of("Shape").shape(2, 3, 4).with("start", -2).with("end", -1), 3),
                evaluates(SmallNode.of("Size").shape(2, 3, 4), 24),
                evaluates(SmallNode.of("Unsqueeze").integers(7), 7),
                evaluates(SmallNode.of("Concat").integers(1, 2).integers(3), 1, 2, 3),
                evaluates(SmallNode.of("Gather").integers(5, 6, 7).integers(-1, 0), 7, 5),
                evaluates(SmallNode.of("Slice").integers(5, 6, 7).integers(1).integers(Long.MAX_VALUE), 6, 7),
                evaluates(SmallNode.of("Add").integers(1, 2).integers(3), 4, 5),
                evaluates(SmallNode.of("Sub").integers(9).integers(1, 2), 8, 7),
                evaluates(SmallNode.of("Mul").integers(2, 3).integers(4, 5), 8, 15),
                evaluates(SmallNode.of("Div").integers(7).integers(2), 3),
                evaluates(SmallNode.of("Mod").integers(-7).integers(4), 1),
                evaluates(SmallNode.of("Equal").integers(1, 2).integers(1), 1, 0),
                evaluates(SmallNode.of("ReduceProd").integers(2, 3, 4), 24),
                evaluates(SmallNode.of("ConstantOfShape").integers(3), 0, 0, 0),
                evaluates(SmallNode.of("Where").integers(1, 0).integers(5, 6).integers(7, 8), 5, 8));
    }

    @ParameterizedTest
    @MethodSource
    void evaluates(SmallNode node, List<Long> elements) {
        assertThat(ShapeValues.result(node.operands())).isEqualTo(elements);
    }

    static Stream<SmallNode> findsNothing() {
        return Stream.of(
                SmallNode.of("Shape").shape(2, -1),
                SmallNode.of("Shape").unknown(),
                SmallNode.of("Size").shape(-1),
                SmallNode.of("Concat").integers(1).unknown(),
                SmallNode.of("Gather").integers(5, 6).integers(2),
                SmallNode.of("Slice")
                        .integers(5, 6, 7)
                        .integers(0)
                        .integers(3)
                        .none()
                        .integers(2),
                SmallNode.of("Add").integers(1, 2).integers(1, 2, 3),
                SmallNode.of("Add").integers(1).unknown(),
                SmallNode.of("ConstantOfShape").integers(17),
                SmallNode.of("ConstantOfShape").integers(-1),
                SmallNode.of("Where").integers(1).integers(5, 6).integers(7, 8),
                SmallNode.of("Softmax").integers(1));
    }

    @ParameterizedTest
    @MethodSource
    void findsNothing(SmallNode node) {
        assertThat(ShapeValues.result(node.operands())).isNull();
    }

    @Test
    void doesNotKnowElementsInAnotherFile() {
        TensorProto tensor = TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(2)
                .build();
        assertThat(ShapeValues.integers(new WeightRange("weights.bin", 0, 16)
                        .applyTo(tensor.toBuilder())
                        .build()))
                .isNull();
        assertThat(ShapeValues.integers(
                        tensor.toBuilder().addInt64Data(5).addInt64Data(6).build()))
                .containsExactly(5L, 6L);
        assertThat(ShapeValues.integers(tensor.toBuilder().setDims(0, 0).build()))
                .isEmpty();
    }

    private static Arguments evaluates(SmallNode node, long... elements) {
        return arguments(node, SmallNode.list(elements));
    }
}
