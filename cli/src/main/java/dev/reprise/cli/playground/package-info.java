/**
 * {@code reprise playground}: a local page to try policies on. {@link dev.reprise.cli.playground.Playground} is what the page can do,
 * {@link dev.reprise.cli.playground.PlaygroundServer} how it asks for it, {@link dev.reprise.cli.playground.Play} one generation.
 */
@NullMarked
package dev.reprise.cli.playground;

import org.jspecify.annotations.NullMarked;
