/** Writes the bundle, whole or not at all. Read {@link dev.reprise.optimizer.bundle.BundleWriter} first. */
@NullMarked
package dev.reprise.optimizer.bundle;

import org.jspecify.annotations.NullMarked;
