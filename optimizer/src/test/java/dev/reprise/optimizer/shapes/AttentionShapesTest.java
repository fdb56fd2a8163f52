package dev.reprise.optimizer.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Two samples, 3 tokens that look at 5, 4 heads of size 8: what each operator makes of it. */
class AttentionShapesTest {
    private static final long B = 2;
    private static final long TOKENS = 3;
    private static final long KEYS = 5;
    private static final long WIDTH = 4 * 8;
    private static final long CROSS = 2 * (B * TOKENS * WIDTH * KEYS);
    private static final long SELF = 2 * (B * TOKENS * WIDTH * TOKENS);

    @Test
    void separateQueriesKeysAndValues() {
        assertThat(multiplyAdds(SmallNode.of("Attention")
                        .shape(B, TOKENS, WIDTH)
                        .shape(B, KEYS, WIDTH)
                        .shape(B, KEYS, WIDTH)))
                .isEqualTo(CROSS);
        assertThat(multiplyAdds(SmallNode.of("Attention")
                        .shape(B, 4, TOKENS, 8)
                        .shape(B, 4, KEYS, 8)
                        .shape(B, 4, KEYS, 8)))
                .isEqualTo(CROSS);
        assertThat(multiplyAdds(SmallNode.contrib("MultiHeadAttention")
                        .shape(B, TOKENS, WIDTH)
                        .shape(B, 4, KEYS, 8)
                        .shape(B, 4, KEYS, 8)))
                .isEqualTo(CROSS);
    }

    @Test
    void valuesMayBeWiderThanKeys() {
        assertThat(multiplyAdds(SmallNode.of("Attention")
                        .shape(B, 4, TOKENS, 8)
                        .shape(B, 4, KEYS, 8)
                        .shape(B, 4, KEYS, 16)))
                .isEqualTo(CROSS / 2 + CROSS);
    }

    @Test
    void queryHeadsMayShareKeysAndValues() {
        AttentionShapes shapes = AttentionShapes.of(SmallNode.of("Attention")
                .shape(B, TOKENS, WIDTH)
                .shape(B, KEYS, WIDTH / 2)
                .shape(B, KEYS, WIDTH / 2)
                .with("q_num_heads", 4)
                .with("kv_num_heads", 2)
                .operands());

        assertThat(shapes.result()).isEqualTo(SmallNode.list(B, TOKENS, WIDTH));
        assertThat(shapes.multiplyAdds()).isEqualTo(CROSS);
    }

    @Test
    void packedInOneTensor() {
        assertThat(multiplyAdds(SmallNode.contrib("MultiHeadAttention").shape(B, TOKENS, 4, 3, 8)))
                .isEqualTo(SELF);
        assertThat(multiplyAdds(SmallNode.contrib("MultiHeadAttention")
                        .shape(B, TOKENS, WIDTH)
                        .shape(B, KEYS, 4, 2, 8)))
                .isEqualTo(CROSS);
        assertThat(multiplyAdds(SmallNode.contrib("GroupQueryAttention")
                        .shape(B, TOKENS, WIDTH * 2)
                        .none()
                        .none()
                        .with("num_heads", 4)
                        .with("kv_num_heads", 2)))
                .isEqualTo(SELF);
    }

    /** The second input is the weight of the projections, not the key. */
    @Test
    void projectsInside() {
        long projections = B * TOKENS * 24 * 3 * WIDTH;

        assertThat(multiplyAdds(
                        SmallNode.contrib("Attention").shape(B, TOKENS, 24).shape(24, 3 * WIDTH)))
                .isEqualTo(projections + SELF);
        assertThat(multiplyAdds(SmallNode.contrib("Attention")
                        .shape(B, TOKENS, 24)
                        .shape(24, 3 * WIDTH)
                        .list("qkv_hidden_sizes", WIDTH / 2, WIDTH / 2, 2 * WIDTH)))
                .isEqualTo(projections + SELF / 4 + SELF);
    }

    @Test
    void findsNothingWhereAShapeIsUnknown() {
        assertThat(AttentionShapes.of(SmallNode.of("Attention")
                        .shape(B, TOKENS, WIDTH)
                        .unknown()
                        .unknown()
                        .operands()))
                .isNull();
        assertThat(AttentionShapes.of(SmallNode.contrib("Attention")
                        .shape(B, TOKENS, WIDTH)
                        .unknown()
                        .operands()))
                .isNull();
    }

    @Test
    void hugeDimensionsDoNotOverflow() {
        assertThat(multiplyAdds(SmallNode.of("Attention")
                        .shape(1L << 40, 1L << 40, 8)
                        .shape(1L << 40, 1L << 40, 8)
                        .shape(1L << 40, 1L << 40, 8)))
                .isEqualTo(Long.MAX_VALUE);
    }

    private static long multiplyAdds(SmallNode node) {
        return AttentionShapes.of(node.operands()).multiplyAdds();
    }
}
