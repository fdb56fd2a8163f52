/** {@code reprise inspect}: what was found in a model, and what each policy could do with it. Read {@link dev.reprise.cli.inspect.Inspection} first. */
@NullMarked
package dev.reprise.cli.inspect;

import org.jspecify.annotations.NullMarked;
