/**
 * Finds attention, feed-forward and block modules in the graph. Read {@link dev.reprise.optimizer.locate.ModuleLocation} first.
 */
@NullMarked
package dev.reprise.optimizer.locate;

import org.jspecify.annotations.NullMarked;
