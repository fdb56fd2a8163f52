package dev.reprise.optimizer.rewrite;

import java.util.List;

/** Every rewrite, in the order in which they run. */
final class Rewrites {
    static final List<Rewrite> ALL = List.of(new FuseAttention(), new FuseTanhGelu(), new ModulateNorm());

    private Rewrites() {}
}
