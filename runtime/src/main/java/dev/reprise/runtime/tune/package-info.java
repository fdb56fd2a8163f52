/** Finds the cache policy for a budget by running the application's own denoising loop. Read {@link dev.reprise.runtime.tune.Tuner} first. */
@NullMarked
package dev.reprise.runtime.tune;

import org.jspecify.annotations.NullMarked;
