/** {@code reprise record}: freezes a run for {@code verify}. */
@NullMarked
package dev.reprise.cli.record;

import org.jspecify.annotations.NullMarked;
