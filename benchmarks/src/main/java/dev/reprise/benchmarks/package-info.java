/** JMH and side-by-side measurements. */
@NullMarked
package dev.reprise.benchmarks;

import org.jspecify.annotations.NullMarked;
