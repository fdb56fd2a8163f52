/** The reprise command: commands and reports. */
@NullMarked
package dev.reprise.cli;

import org.jspecify.annotations.NullMarked;
