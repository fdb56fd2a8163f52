/** Element types between ONNX and ONNX Runtime's Java package, and what an external weight is. */
@NullMarked
package dev.reprise.ort.element;

import org.jspecify.annotations.NullMarked;
