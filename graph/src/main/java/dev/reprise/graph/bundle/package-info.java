/** What a bundle says about itself: the versioned JSON manifest. Read {@link dev.reprise.graph.bundle.Manifest} first. */
@NullMarked
package dev.reprise.graph.bundle;

import org.jspecify.annotations.NullMarked;
