/** Defects of exporters that are mended where it is certain what was meant. */
@NullMarked
package dev.reprise.optimizer.mend;

import org.jspecify.annotations.NullMarked;
