/** Element types between ONNX and ONNX Runtime's Java package. */
@NullMarked
package dev.reprise.ort.element;

import org.jspecify.annotations.NullMarked;
