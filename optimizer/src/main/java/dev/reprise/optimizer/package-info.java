/**
 * Cuts an exported model into per-block models. Read {@link dev.reprise.optimizer.Optimizer} first: it is the list of the stages.
 */
@NullMarked
package dev.reprise.optimizer;

import org.jspecify.annotations.NullMarked;
