/** Choosing policies on the command line, and showing the catalogue. */
@NullMarked
package dev.reprise.cli.policies;

import org.jspecify.annotations.NullMarked;
