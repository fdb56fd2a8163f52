/**
 * Parameters of policies: their types, values, checks and how they are written. Read {@link dev.reprise.cache.parameter.Parameter} first.
 */
@NullMarked
package dev.reprise.cache.parameter;

import org.jspecify.annotations.NullMarked;
