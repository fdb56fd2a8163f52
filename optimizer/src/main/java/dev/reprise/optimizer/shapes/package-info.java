/**
 * Types and shapes of values, and the multiply-adds that follow from them. Read {@link dev.reprise.optimizer.shapes.ShapePropagation} first.
 */
@NullMarked
package dev.reprise.optimizer.shapes;

import org.jspecify.annotations.NullMarked;
