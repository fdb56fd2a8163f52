/** Locates the blocks of a model, cuts it into parts, and writes the bundle. */
@NullMarked
package dev.reprise.optimizer;

import org.jspecify.annotations.NullMarked;
