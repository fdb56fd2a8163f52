package dev.reprise.optimizer.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class OutputErrorTest {
    @Test
    void isTheLargestDifferenceRelativeToTheLargestMagnitude() {
        assertThat(of(new float[] {-4, 3}, new float[] {-4, 2.5f})).isEqualTo(0.125);
        assertThat(of(new float[] {0, 0}, new float[] {0, 0})).isZero();
    }

    @Test
    void isInfiniteWhereANumberIsNotFiniteOrNothingWasExpected() {
        assertThat(of(new float[] {0, 1}, new float[] {0, Float.NaN})).isInfinite();
        assertThat(of(new float[] {0, 1}, new float[] {0, Float.POSITIVE_INFINITY}))
                .isInfinite();
        assertThat(of(new float[] {0, 0}, new float[] {0, 0.1f})).isInfinite();
    }

    private static double of(float[] expected, float[] actual) {
        return OutputError.of(FloatBuffer.wrap(expected), FloatBuffer.wrap(actual));
    }
}
