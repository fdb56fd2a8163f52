package dev.reprise.graph.bundle;

/**
 * A defect of an exporter that was mended before the model was cut: the original file does not run.
 *
 * @param node name of the node in the original model, or of its output where it has none
 * @param mend what was done: {@code no_op_squeeze}, a squeeze of a dimension that is not 1 made an identity
 */
public record MendedNode(String node, String mend) {
    /** A squeeze of a dimension that is not 1, which changes nothing in PyTorch, made an identity. */
    public static final String NO_OP_SQUEEZE = "no_op_squeeze";
}
