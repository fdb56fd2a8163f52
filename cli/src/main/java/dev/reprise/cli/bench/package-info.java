/** {@code reprise bench}: the original model, the cut one and each policy side by side. */
@NullMarked
package dev.reprise.cli.bench;

import org.jspecify.annotations.NullMarked;
