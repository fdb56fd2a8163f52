package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.Node;
import org.jspecify.annotations.Nullable;

/**
 * One rewrite, in one file: a drawing of before and after, and what it finds at a node. Only {@link Rewriter} applies it, removes
 * what nobody reads any more, and counts.
 */
interface Rewrite {
    /** Its name in manifests and recordings: {@code fuse_attention}, a verb and an object. */
    String name();

    /** What to put in the place of a node, null where the rewrite does not fire. */
    @Nullable
    Replacement at(Node node, SegmentGraph segment);
}
