package dev.reprise.optimizer.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class OutputErrorTest {
    @Test
    void isTheLargestDifferenceAsAShareOfTheRange() {
        assertThat(of(new float[] {-1, 3}, new float[] {-1, 2.5f})).isEqualTo(0.125);
        assertThat(of(new float[] {2, 2}, new float[] {2, 2})).isZero();
    }

    @Test
    void isInfiniteWhereANumberIsNotFiniteOrTheRangeIsNothing() {
        assertThat(of(new float[] {0, 1}, new float[] {0, Float.NaN})).isInfinite();
        assertThat(of(new float[] {0, 1}, new float[] {0, Float.POSITIVE_INFINITY}))
                .isInfinite();
        assertThat(of(new float[] {2, 2}, new float[] {2, 2.1f})).isInfinite();
    }

    private static double of(float[] expected, float[] actual) {
        return OutputError.of(FloatBuffer.wrap(expected), FloatBuffer.wrap(actual));
    }
}
