package dev.reprise.optimizer.quantize;

import java.nio.FloatBuffer;

/** How far an output is from what it was. */
final class OutputError {
    private OutputError() {}

    /** The largest difference as a share of the range of the expected values; infinite where one is no finite number. */
    static double of(FloatBuffer expected, FloatBuffer actual) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        double difference = 0;
        for (int i = 0; i < expected.remaining(); i++) {
            double value = expected.get(i);
            low = Math.min(low, value);
            high = Math.max(high, value);
            difference = Math.max(difference, Math.abs(value - actual.get(i)));
        }
        if (difference == 0) {
            return 0;
        }
        double error = difference / (high - low);
        return Double.isFinite(error) ? error : Double.POSITIVE_INFINITY;
    }
}
