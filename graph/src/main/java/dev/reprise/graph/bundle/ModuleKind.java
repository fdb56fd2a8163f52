package dev.reprise.graph.bundle;

/** What a located module is. */
public enum ModuleKind {
    /** Keys and values come from the same tokens as the queries. */
    SELF_ATTENTION,
    /** Keys and values come from another source than the queries. */
    CROSS_ATTENTION,
    /** Self-attention over one sequence that concatenates two streams; it has an output for each. */
    JOINT_ATTENTION,
    FEED_FORWARD,
    TRANSFORMER_BLOCK,
    /** A part of a UNet at one resolution: {@code down_blocks.0}, {@code mid_block}, {@code up_blocks.3}. */
    UNET_BLOCK,
    /** A part of such a block: a residual network, a transformer, a change of the resolution. */
    UNET_LAYER,
    /** The last projection before the model's output. */
    FINAL_PROJECTION,
    /** Located because the user named it. */
    OTHER;

    public boolean isAttention() {
        return this == SELF_ATTENTION || this == CROSS_ATTENTION || this == JOINT_ATTENTION;
    }
}
