package dev.reprise.runtime.tune;

import java.util.Locale;

/**
 * What the user can afford.
 *
 * @param kind what the value counts
 * @param value how much
 */
public record Budget(Kind kind, double value) {
    /** What a budget counts. */
    public enum Kind {
        /** Model evaluations of a generation, by their multiply-adds. */
        EVALUATIONS,
        /** Mean time of a step, in milliseconds. */
        MAX_STEP_MS,
        /** How many times faster than without a policy, by the clock. */
        TARGET_SPEEDUP,
        /** Mean PSNR to the results without a policy, in dB: as fast as that allows. */
        MIN_PSNR
    }

    public Budget {
        double least = kind == Kind.EVALUATIONS || kind == Kind.TARGET_SPEEDUP ? 1 : 0;
        if (!Double.isFinite(value) || value < least || value == 0) {
            throw new IllegalArgumentException("the budget " + name(kind) + " must be "
                    + (least == 1 ? "1 or more" : "above 0") + ", was " + value);
        }
    }

    private static String name(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public String toString() {
        return name(kind) + " " + (value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value));
    }
}
