package dev.reprise.optimizer.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MultiplyAddsTest {
    static Stream<Arguments> counts() {
        return Stream.of(
                arguments(SmallNode.of("MatMul").shape(2, 4, 5).shape(5, 6), 2 * 4 * 5 * 6L),
                arguments(SmallNode.of("MatMul").shape(-1, 4, 5).shape(5, 6), 4 * 5 * 6L),
                arguments(SmallNode.of("Gemm").shape(4, 5).shape(5, 6), 4 * 5 * 6L),
                arguments(SmallNode.of("Gemm").shape(5, 4).shape(5, 6).with("transA", 1), 4 * 5 * 6L),
                arguments(
                        SmallNode.contrib("MatMulNBits")
                                .shape(2, 4, 5)
                                .with("N", 8)
                                .with("K", 5),
                        2 * 4 * 5 * 8L),
                arguments(
                        SmallNode.of("Conv").shape(1, 4, 9, 9).shape(8, 4, 3, 3).list("pads", 1, 1, 1, 1),
                        8 * 81 * 4 * 9L),
                arguments(
                        SmallNode.of("Einsum").shape(2, 4, 5).shape(2, 5, 6).text("equation", "bij,bjk->bik"),
                        2 * 4 * 5 * 6L),
                arguments(SmallNode.of("Einsum").shape(7, 4, 5).shape(5, 6).text("equation", "...ij,jk"), 4 * 5 * 6L),
                arguments(SmallNode.of("MatMul").shape(1L << 40, 1L << 40).shape(1L << 40, 1L << 40), Long.MAX_VALUE));
    }

    @ParameterizedTest
    @MethodSource
    void counts(SmallNode node, long products) {
        assertThat(MultiplyAdds.of(node.operands(), ShapeRules.shape(node.operands(), 0)))
                .isEqualTo(products);
    }

    static Stream<SmallNode> countsNothing() {
        return Stream.of(
                SmallNode.of("Add").shape(4, 5).shape(4, 5),
                SmallNode.of("Softmax").shape(4, 5),
                SmallNode.of("Einsum").unknown().shape(5, 6).text("equation", "ij,jk->ik"),
                SmallNode.of("Einsum").shape(4, 5).shape(5, 6),
                SmallNode.of("Attention").unknown().unknown().unknown());
    }

    @ParameterizedTest
    @MethodSource
    void countsNothing(SmallNode node) {
        assertThat(MultiplyAdds.of(node.operands(), ShapeRules.shape(node.operands(), 0)))
                .isZero();
    }
}
