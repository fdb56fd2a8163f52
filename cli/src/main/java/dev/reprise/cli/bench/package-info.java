/** {@code reprise bench}: times and memory, side by side. Read {@link dev.reprise.cli.bench.SideBySide} first. */
@NullMarked
package dev.reprise.cli.bench;

import org.jspecify.annotations.NullMarked;
