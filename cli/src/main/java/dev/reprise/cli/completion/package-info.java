/** {@code reprise completion}: what a shell offers when somebody types a command. */
@NullMarked
package dev.reprise.cli.completion;

import org.jspecify.annotations.NullMarked;
