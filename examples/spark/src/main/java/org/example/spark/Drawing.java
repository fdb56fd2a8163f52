package org.example.spark;

import java.util.List;

/**
 * One picture and how it came about. All but the time are the same on every machine of one kind.
 *
 * @param png 28 × 28 grey pixels
 * @param sha256 of the sample's float32 values, little-endian, before they became pixels: equal where all bits are
 * @param psnr decibels against the uncached picture of the same prompt and noise, infinite where both are equal; null where not measured
 * @param computedShare of the multiply-adds
 * @param steps what was decided, one a denoising step
 * @param millis wall time of the cached generation
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares drawings, and rows take the array as it is
record Drawing(byte[] png, String sha256, Double psnr, double computedShare, List<StepRow> steps, double millis) {

    Drawing {
        steps = List.copyOf(steps);
    }

    /**
     * One denoising step.
     *
     * @param decision {@code compute}, {@code reuse} or {@code predict}
     * @param computedShare of the step's multiply-adds
     */
    record StepRow(int step, String decision, double computedShare) {
        boolean computed() {
            return decision.equals("compute");
        }
    }

    long stepsComputed() {
        return steps.stream().filter(StepRow::computed).count();
    }

    long stepsReused() {
        return steps.size() - stepsComputed();
    }
}
