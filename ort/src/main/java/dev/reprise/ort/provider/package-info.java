/** Execution providers: a class each. Read {@link dev.reprise.ort.provider.ExecutionProvider} first. */
@NullMarked
package dev.reprise.ort.provider;

import org.jspecify.annotations.NullMarked;
