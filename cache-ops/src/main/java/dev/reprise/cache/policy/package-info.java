/**
 * The policies, one file each, and their catalogue. Read {@link dev.reprise.cache.policy.FirstBlockCache} first. A new policy is one such
 * file, its test and one line in {@link dev.reprise.cache.policy.PolicyCatalogue}.
 */
@NullMarked
package dev.reprise.cache.policy;

import org.jspecify.annotations.NullMarked;
