/**
 * Puts the nodes of local functions where these are called. Read {@link dev.reprise.optimizer.inline.FunctionInliner} first.
 */
@NullMarked
package dev.reprise.optimizer.inline;

import org.jspecify.annotations.NullMarked;
