/** {@code reprise optimize}: cuts a model into a bundle. */
@NullMarked
package dev.reprise.cli.optimize;

import org.jspecify.annotations.NullMarked;
