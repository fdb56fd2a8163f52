package dev.reprise.verify.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DriftTest {
    @Test
    void isRelativeToTheLargestReferenceValue() {
        assertThat(Drift.relativeError(new float[] {1, 2, -3}, new float[] {1, 2, -4}))
                .isEqualTo(0.25);
        assertThat(Drift.relativeError(new float[] {0, 0}, new float[] {0, 0})).isZero();
    }

    @Test
    void isInfiniteWhereSomethingIsNotFinite() {
        assertThat(Drift.relativeError(new float[] {Float.NaN}, new float[] {1}))
                .isInfinite();
        assertThat(Drift.relativeError(new float[] {1}, new float[] {Float.NaN}))
                .isInfinite();
        assertThat(Drift.relativeError(new float[] {Float.POSITIVE_INFINITY}, new float[] {1}))
                .isInfinite();
        assertThat(Drift.relativeError(new float[] {1}, new float[] {0})).isInfinite();
    }
}
