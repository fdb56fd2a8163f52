/** Forecasts: what to return in place of computing. One file each, and their catalogue, {@link dev.reprise.cache.forecast.Forecastings}. */
@NullMarked
package dev.reprise.cache.forecast;

import org.jspecify.annotations.NullMarked;
