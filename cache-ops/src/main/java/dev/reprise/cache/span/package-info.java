/** Spans: where a policy acts. One file each, and their catalogue, {@link dev.reprise.cache.span.Spans}. */
@NullMarked
package dev.reprise.cache.span;

import org.jspecify.annotations.NullMarked;
