/** Runs a cut model on ONNX Runtime: sessions, denoising steps, contexts, trace. */
@NullMarked
package dev.reprise.runtime;

import org.jspecify.annotations.NullMarked;
