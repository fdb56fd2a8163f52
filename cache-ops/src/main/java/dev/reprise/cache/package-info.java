/**
 * Cache policies and their tensor arithmetic as ONNX fragments.
 *
 * <p>Read {@link dev.reprise.cache.CachePolicy} and {@link dev.reprise.cache.DenoisingStep} first, then one policy, for example
 * {@link dev.reprise.cache.FirstBlockCache}. A new policy is one such file, its test and one line in
 * {@link dev.reprise.cache.PolicyCatalogue}.
 */
@NullMarked
package dev.reprise.cache;

import org.jspecify.annotations.NullMarked;
