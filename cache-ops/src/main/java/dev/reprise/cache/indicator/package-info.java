/** Indicators: when to compute. One file each, and their catalogue, {@link dev.reprise.cache.indicator.Indicators}. */
@NullMarked
package dev.reprise.cache.indicator;

import org.jspecify.annotations.NullMarked;
