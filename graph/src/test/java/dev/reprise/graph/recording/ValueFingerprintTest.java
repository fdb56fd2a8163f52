package dev.reprise.graph.recording;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class ValueFingerprintTest {
    @Test
    void estimatesTheDistance() {
        Random random = new Random(1);
        float[] values = new float[4096];
        float[] others = new float[4096];
        double squares = 0;
        double norm = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
            others[i] = values[i] + (i % 64 == 5 ? 0.1f * (float) random.nextGaussian() : 0);
            squares += Math.pow(values[i] - others[i], 2);
            norm += Math.pow(values[i], 2);
        }

        double estimated = of(others).distance(of(values));

        assertThat(estimated).isCloseTo(Math.sqrt(squares / norm), Percentage.withPercentage(60));
        assertThat(of(values).norm()).isCloseTo(Math.sqrt(norm), Percentage.withPercentage(1e-4));
    }

    @Test
    void isZeroForTheSameBitsAlone() {
        assertThat(of(1, 2, 3).distance(of(1, 2, 3))).isZero();
        assertThat(of(1, 2, 3).distance(of(1, 2, 3.1f))).isPositive();
    }

    @Test
    void isInfiniteWhereShapeOrFinitenessDiffer() {
        assertThat(of(1, 2).distance(of(1, 2, 3))).isInfinite();
        assertThat(of(1, Float.NaN).distance(of(1, 2))).isInfinite();
        assertThat(of(1, Float.NaN).nonFinite()).isEqualTo(1);
        assertThat(of(1, Float.NaN).norm()).isEqualTo(1);
    }

    private static ValueFingerprint of(float... values) {
        ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return ValueFingerprint.of(new StoredTensor(ElementType.FLOAT, List.of((long) values.length), data), values);
    }
}
