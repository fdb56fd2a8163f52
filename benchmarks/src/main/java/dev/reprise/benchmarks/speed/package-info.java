/**
 * What a cut costs and what reuse saves, against the unsplit model in a plain ONNX Runtime session. Read
 * {@link dev.reprise.benchmarks.speed.StepSpeed} first.
 */
@NullMarked
package dev.reprise.benchmarks.speed;

import org.jspecify.annotations.NullMarked;
