/**
 * Execution providers: a class each, and what keeps one from being used. Read {@link dev.reprise.ort.provider.ExecutionProvider}
 * first.
 */
@NullMarked
package dev.reprise.ort.provider;

import org.jspecify.annotations.NullMarked;
