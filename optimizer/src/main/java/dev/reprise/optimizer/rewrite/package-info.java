/**
 * Rewrites that make a segment faster. They run on each segment by itself, after the cut: what a policy may provide or watch is an
 * input or an output of a segment, so no rewrite can cross it. Read {@link dev.reprise.optimizer.rewrite.Rewriter} first, then
 * {@link dev.reprise.optimizer.rewrite.FuseTanhGelu}.
 */
@NullMarked
package dev.reprise.optimizer.rewrite;

import org.jspecify.annotations.NullMarked;
