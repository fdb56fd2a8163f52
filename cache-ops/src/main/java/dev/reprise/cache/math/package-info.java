/**
 * Tensor arithmetic as small ONNX models that run where the model runs. Read {@link dev.reprise.cache.math.TensorMath} first.
 */
@NullMarked
package dev.reprise.cache.math;

import org.jspecify.annotations.NullMarked;
