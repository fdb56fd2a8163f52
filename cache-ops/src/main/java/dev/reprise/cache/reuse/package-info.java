/**
 * What policies share: spans of blocks, residuals, forecasts, anchors. Read {@link dev.reprise.cache.reuse.BlockSpan} and
 * {@link dev.reprise.cache.reuse.Forecast} first.
 */
@NullMarked
package dev.reprise.cache.reuse;

import org.jspecify.annotations.NullMarked;
