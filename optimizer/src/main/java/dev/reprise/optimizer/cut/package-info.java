/** Cuts the graph at cut tensors into segments. Read {@link dev.reprise.optimizer.cut.Segmenter} first. */
@NullMarked
package dev.reprise.optimizer.cut;

import org.jspecify.annotations.NullMarked;
