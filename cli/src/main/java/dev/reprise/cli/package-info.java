/** The reprise command: one class per command, in packages by feature. Read {@link dev.reprise.cli.Reprise} first. */
@NullMarked
package dev.reprise.cli;

import org.jspecify.annotations.NullMarked;
