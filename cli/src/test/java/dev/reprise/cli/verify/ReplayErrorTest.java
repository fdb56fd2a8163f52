package dev.reprise.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReplayErrorTest {
    @Test
    void isRelativeToTheLargestReferenceValue() {
        assertThat(Replay.relativeError(new float[] {1, 2, -3}, new float[] {1, 2, -4}))
                .isEqualTo(0.25);
        assertThat(Replay.relativeError(new float[] {0, 0}, new float[] {0, 0})).isZero();
    }

    @Test
    void isInfiniteWhereSomethingIsNotFinite() {
        assertThat(Replay.relativeError(new float[] {Float.NaN}, new float[] {1}))
                .isInfinite();
        assertThat(Replay.relativeError(new float[] {1}, new float[] {Float.NaN}))
                .isInfinite();
        assertThat(Replay.relativeError(new float[] {Float.POSITIVE_INFINITY}, new float[] {1}))
                .isInfinite();
        assertThat(Replay.relativeError(new float[] {1}, new float[] {0})).isInfinite();
    }
}
