/**
 * What a policy is put together from: an {@link dev.reprise.cache.part.Indicator} says when to compute, a
 * {@link dev.reprise.cache.part.Forecasting} what to return in place of it, a {@link dev.reprise.cache.part.Span} where.
 */
@NullMarked
package dev.reprise.cache.part;

import org.jspecify.annotations.NullMarked;
