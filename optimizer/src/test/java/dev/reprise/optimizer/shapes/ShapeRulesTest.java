package dev.reprise.optimizer.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ShapeRulesTest {
    static Stream<Arguments> finds() {
        return Stream.of(
                finds(SmallNode.of("Constant").list("value_ints", 5, 6, 7), 3),
                finds(SmallNode.of("Constant").with("value_int", 5)),
                finds(SmallNode.of("ConstantOfShape").integers(2, 3), 2, 3),
                finds(SmallNode.of("Range").integers(0).integers(7).integers(2), 4),
                finds(SmallNode.of("Range").integers(7).integers(0).integers(-2), 4),
                finds(SmallNode.of("Range").integers(7).integers(0).integers(2), 0),
                finds(SmallNode.of("Reshape").shape(2, 12).integers(0, -1, 3), 2, 4, 3),
                finds(SmallNode.of("Reshape").shape(0, 4).integers(0, 4).with("allowzero", 1), 0, 4),
                finds(SmallNode.of("Expand").shape(3, 1).integers(2, 1, 6), 2, 3, 6),
                finds(SmallNode.of("Transpose").shape(2, 3, 4).list("perm", 0, 2, 1), 2, 4, 3),
                finds(SmallNode.of("Transpose").shape(2, 3), 3, 2),
                finds(SmallNode.of("Tile").shape(2, 3).integers(1, 4), 2, 12),
                finds(SmallNode.of("Flatten").shape(2, 3, 4).with("axis", -1), 6, 4),
                finds(SmallNode.of("Unsqueeze").shape(2, 3).integers(0, -1), 1, 2, 3, 1),
                finds(SmallNode.of("Unsqueeze").shape(2).list("axes", 1), 2, 1),
                finds(SmallNode.of("Squeeze").shape(1, 2, 1).integers(-1), 1, 2),
                finds(SmallNode.of("Squeeze").shape(1, 2, 1), 2),
                finds(SmallNode.of("Concat").shape(2, 3).shape(2, 5).with("axis", -1), 2, 8),
                finds(
                        SmallNode.of("Split")
                                .shape(2, 9)
                                .integers(4, 5)
                                .with("axis", 1)
                                .outputs(2),
                        2,
                        4),
                finds(SmallNode.of("Split").shape(2, 9).with("axis", 1).outputs(3), 2, 3),
                finds(SmallNode.of("Slice").shape(5, 9).integers(1).integers(-1).integers(1), 5, 7),
                finds(
                        SmallNode.of("Slice")
                                .shape(5, 9)
                                .integers(-1)
                                .integers(Long.MIN_VALUE)
                                .integers(1)
                                .integers(-2),
                        5,
                        5),
                finds(SmallNode.of("Slice").shape(9).integers(0).integers(Long.MAX_VALUE), 9),
                finds(SmallNode.of("Gather").shape(5, 6, 7).shape(2, 3).with("axis", 1), 5, 2, 3, 7),
                finds(SmallNode.of("Gather").shape(5, 6).shape().with("axis", -1), 5),
                finds(SmallNode.of("MatMul").shape(2, 1, 4, 5).shape(3, 5, 6), 2, 3, 4, 6),
                finds(
                        SmallNode.contrib("FusedMatMul")
                                .shape(2, 5, 4)
                                .shape(2, 6, 5)
                                .with("transA", 1)
                                .with("transB", 1),
                        2,
                        4,
                        6),
                finds(
                        SmallNode.of("Gemm")
                                .shape(5, 4)
                                .shape(6, 5)
                                .with("transA", 1)
                                .with("transB", 1),
                        4,
                        6),
                finds(
                        SmallNode.contrib("MatMulNBits")
                                .shape(2, 4, 5)
                                .with("N", 8)
                                .with("K", 5),
                        2,
                        4,
                        8),
                finds(
                        SmallNode.of("Conv")
                                .shape(1, 4, 9, 9)
                                .shape(8, 4, 3, 3)
                                .list("pads", 1, 1, 1, 1)
                                .list("strides", 2, 2),
                        1,
                        8,
                        5,
                        5),
                finds(SmallNode.of("Conv").shape(1, 4, 9).shape(8, 4, 3).list("dilations", 2), 1, 8, 5),
                finds(
                        SmallNode.of("Einsum").shape(2, 3, 4).shape(2, 4, 5).text("equation", "bij, bjk -> bik"),
                        2,
                        3,
                        5),
                finds(SmallNode.of("ReduceMean").shape(2, 3, 4).list("axes", -1), 2, 3, 1),
                finds(SmallNode.of("ReduceSum").shape(2, 3, 4).integers(0, 1).with("keepdims", 0), 4),
                finds(SmallNode.of("Add").shape(2, 1, 4).shape(3, 1), 2, 3, 4),
                finds(SmallNode.of("Where").shape(4).shape(3, 1).shape(), 3, 4),
                finds(SmallNode.of("Softmax").shape(2, 3), 2, 3),
                finds(SmallNode.of("LayerNormalization").shape(2, 3).shape(3), 2, 3),
                finds(
                        SmallNode.of("Attention")
                                .shape(1, 4, 16, 8)
                                .shape(1, 4, 20, 8)
                                .shape(1, 4, 20, 6),
                        1,
                        4,
                        16,
                        6),
                finds(
                        SmallNode.contrib("Attention")
                                .shape(1, 16, 32)
                                .shape(32, 96)
                                .shape(96)
                                .with("num_heads", 4),
                        1,
                        16,
                        32),
                finds(SmallNode.contrib("MultiHeadAttention").shape(1, 16, 4, 3, 8), 1, 16, 32));
    }

    @ParameterizedTest
    @MethodSource
    void finds(SmallNode node, List<Long> shape) {
        assertThat(ShapeRules.shape(node.operands(), 0)).isEqualTo(shape);
    }

    static Stream<SmallNode> findsNothing() {
        return Stream.of(
                SmallNode.of("ConstantOfShape").unknown(),
                SmallNode.of("Range").integers(0).integers(7).integers(0),
                SmallNode.of("Range").integers(0).unknown().integers(1),
                SmallNode.of("Reshape").unknown().integers(2, 3),
                SmallNode.of("Reshape").shape(2, 3).unknown(),
                SmallNode.of("Expand").shape(2).unknown(),
                SmallNode.of("Transpose").shape(2, 3).list("perm", 0, 2),
                SmallNode.of("Transpose").unknown(),
                SmallNode.of("Tile").shape(2, 3).integers(1),
                SmallNode.of("Flatten").shape(2).with("axis", 5),
                SmallNode.of("Unsqueeze").shape(2).integers(9),
                SmallNode.of("Unsqueeze").shape(2).unknown(),
                SmallNode.of("Squeeze").unknown(),
                SmallNode.of("Concat").shape(2).unknown(),
                SmallNode.of("Split").shape(2, 9).with("axis", 2),
                SmallNode.of("Slice").shape(5).integers(0).unknown(),
                SmallNode.of("Slice").shape(5).integers(0).integers(3).integers(1),
                SmallNode.of("Slice")
                        .shape(5)
                        .integers(0)
                        .integers(3)
                        .integers(0)
                        .integers(0),
                SmallNode.of("Gather").shape(5).shape(2).with("axis", 1),
                SmallNode.of("Gather").shape(5).unknown(),
                SmallNode.of("MatMul").shape(5).shape(5, 6),
                SmallNode.of("MatMul").shape(4, 5).unknown(),
                SmallNode.of("Gemm").shape(4, 5, 1).shape(5, 6),
                SmallNode.contrib("MatMulNBits").unknown().with("N", 8),
                SmallNode.of("Conv").shape(1, 4, 9).unknown(),
                SmallNode.of("Conv").shape(1, 4).shape(8, 4),
                SmallNode.of("Einsum").shape(2, 3).text("equation", "ij"),
                SmallNode.of("Einsum").shape(2, 3).text("equation", "ijk->k"),
                SmallNode.of("Einsum").shape(2, 3).text("equation", "...j->...j"),
                SmallNode.of("Einsum").shape(2, 3),
                SmallNode.of("ReduceMean").shape(2, 3),
                SmallNode.of("Add").shape(2).unknown(),
                SmallNode.of("Softmax").unknown(),
                SmallNode.of("Attention").unknown().shape(1, 20, 8).shape(1, 20, 8),
                SmallNode.contrib("Attention").shape(1, 16, 32).unknown(),
                SmallNode.contrib("GroupQueryAttention").shape(1, 16, 32),
                SmallNode.of("NonZero").shape(2, 3));
    }

    @ParameterizedTest
    @MethodSource
    void findsNothing(SmallNode node) {
        assertThat(ShapeRules.shape(node.operands(), 0)).isNull();
    }

    @Test
    void furtherOutputsHaveNoShapeOfTheFirst() {
        assertThat(ShapeRules.shape(
                        SmallNode.of("Dropout").shape(2, 3).outputs(2).operands(), 1))
                .isNull();
        assertThat(ShapeRules.shape(
                        SmallNode.of("Split").shape(9).integers(4, 5).outputs(2).operands(), 1))
                .isEqualTo(SmallNode.list(5));
    }

    private static Arguments finds(SmallNode node, long... shape) {
        return arguments(node, SmallNode.list(shape));
    }
}
