package dev.reprise.cli.verify;

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
record OutputErrors(List<Double> steps, double psnr, boolean sameBits) {
    OutputErrors {
        steps = List.copyOf(steps);
    }

    /** The largest error of a step. */
    double worst() {
        return Collections.max(steps);
    }

    int worstStep() {
        return steps.indexOf(worst());
    }

    /** The first step whose error is above a tolerance. */
    OptionalInt firstAbove(double tolerance) {
        for (int step = 0; step < steps.size(); step++) {
            if (steps.get(step) > tolerance) {
                return OptionalInt.of(step);
            }
        }
        return OptionalInt.empty();
    }

    boolean isFinite() {
        return !Double.isInfinite(worst());
    }
}
