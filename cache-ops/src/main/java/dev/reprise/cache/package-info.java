/** What a cache policy is. Read {@link dev.reprise.cache.CachePolicy} and {@link dev.reprise.cache.DenoisingStep} first. */
@NullMarked
package dev.reprise.cache;

import org.jspecify.annotations.NullMarked;
