package dev.reprise.optimizer.quantize;

import java.nio.FloatBuffer;

/** How far an output is from what it was. */
final class OutputError {
    private OutputError() {}

    /**
     * The largest difference relative to the largest expected magnitude, as {@code verify} has it; infinite where a number is not
     * finite.
     */
    static double of(FloatBuffer expected, FloatBuffer actual) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.remaining(); i++) {
            double value = expected.get(i);
            largest = Math.max(largest, Math.abs(value));
            difference = Math.max(difference, Math.abs(value - actual.get(i)));
        }
        if (difference == 0) {
            return 0;
        }
        double error = difference / largest;
        return Double.isFinite(error) ? error : Double.POSITIVE_INFINITY;
    }
}
