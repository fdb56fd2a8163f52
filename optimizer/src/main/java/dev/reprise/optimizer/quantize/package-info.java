/**
 * Segments in int8, chosen by what that does to the model's outputs. Read {@link dev.reprise.optimizer.quantize.Quantizer} first.
 */
@NullMarked
package dev.reprise.optimizer.quantize;

import org.jspecify.annotations.NullMarked;
