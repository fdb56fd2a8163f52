/**
 * ONNX Runtime, and nothing else that touches it: environment, sessions, tensors. Read {@link dev.reprise.ort.OrtProcess} first.
 */
@NullMarked
package dev.reprise.ort;

import org.jspecify.annotations.NullMarked;
