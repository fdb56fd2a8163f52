package dev.reprise.verify.api;

import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/**
 * How far the outputs of a replay are from the recorded ones.
 *
 * @param steps the error of each step: largest absolute difference / largest absolute recorded value, infinite where a value is not
 *     finite
 * @param psnr peak signal-to-noise ratio over all steps, dB of the range of the recorded outputs; infinite for equal values
 * @param sameBits whether every recorded output has the same bits
 */
public record OutputErrors(List<Double> steps, double psnr, boolean sameBits) {
    public OutputErrors {
        steps = List.copyOf(steps);
    }

    /** The largest error of a step. */
    public double worst() {
        return Collections.max(steps);
    }

    public int worstStep() {
        return steps.indexOf(worst());
    }

    /** The first step whose error is above a tolerance. */
    public OptionalInt firstAbove(double tolerance) {
        for (int step = 0; step < steps.size(); step++) {
            if (steps.get(step) > tolerance) {
                return OptionalInt.of(step);
            }
        }
        return OptionalInt.empty();
    }

    public boolean isFinite() {
        return !Double.isInfinite(worst());
    }
}
