/** Which rewrites gain time on this machine. Read {@link dev.reprise.optimizer.measure.RewriteTrials} first. */
@NullMarked
package dev.reprise.optimizer.measure;

import org.jspecify.annotations.NullMarked;
