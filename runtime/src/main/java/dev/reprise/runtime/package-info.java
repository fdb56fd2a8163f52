/** Runs a cut model on ONNX Runtime. Read {@link dev.reprise.runtime.CachedTransformer} first. */
@NullMarked
package dev.reprise.runtime;

import org.jspecify.annotations.NullMarked;
