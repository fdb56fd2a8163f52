/** {@code reprise measure-memory}: one way to run a model, in a process of its own. {@code bench} starts it. */
@NullMarked
package dev.reprise.cli.memory;

import org.jspecify.annotations.NullMarked;
