/**
 * Takes apart fused operators that a cut has to go through. Read {@link dev.reprise.optimizer.unfuse.SkipNorms} first.
 */
@NullMarked
package dev.reprise.optimizer.unfuse;

import org.jspecify.annotations.NullMarked;
