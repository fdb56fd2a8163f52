/** Exact caching. Read {@link dev.reprise.runtime.exact.ExactCache} first. */
@NullMarked
package dev.reprise.runtime.exact;

import org.jspecify.annotations.NullMarked;
