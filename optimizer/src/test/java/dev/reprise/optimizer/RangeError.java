package dev.reprise.optimizer;

import java.nio.FloatBuffer;

/** How far apart two outputs are. */
public final class RangeError {
    private RangeError() {}

    /** The largest difference, as a share of the range of the expected values. */
    public static double of(FloatBuffer expected, FloatBuffer actual) {
        float low = Float.MAX_VALUE;
        float high = -Float.MAX_VALUE;
        float difference = 0;
        for (int i = 0; i < expected.remaining(); i++) {
            low = Math.min(low, expected.get(i));
            high = Math.max(high, expected.get(i));
            difference = Math.max(difference, Math.abs(expected.get(i) - actual.get(i)));
        }
        return difference / (high - low);
    }
}
