package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.REUSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.Close;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.parameter.PolicyBuilder;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MagCacheTest {
    // The ratios of the recordings.
    private static final List<Double> RATIOS =
            List.of(1.0, 1.0252, 1.0273, 1.0042, 0.9773, 0.9712, 0.9916, 1.0197, 1.0297, 1.0124, 0.9837, 0.97);

    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    private static PolicyBuilder builder() {
        return MagCache.builder().set(MagCache.NUM_INFERENCE_STEPS, 12).set(MagCache.MAG_RATIOS, RATIOS);
    }

    @Test
    void firesWhileTheErrorIsSmall() {
        TestGeneration run =
                new TestGeneration(ort, ToyModel.doubleStream(), builder().build(), 12);
        float[] second = new float[0];
        float[] third = new float[0];
        for (int i = 0; i < 12; i++) {
            float[] output = run.run(500, 1);
            second = i == 1 ? output : second;
            third = i == 2 ? output : third;
        }
        assertThat(run.decisions(Subject.BLOCKS))
                .containsExactly(
                        COMPUTE, COMPUTE, REUSE, REUSE, COMPUTE, REUSE, COMPUTE, REUSE, COMPUTE, REUSE, REUSE, REUSE);
        assertThat(run.reasons(Subject.BLOCKS)).startsWith("WARMUP", "WARMUP", "ACCUMULATED=0.02730<0.06000");
        // The hidden states get their residual, the encoder stream passes through: sample = −h⁴ − e⁴ with e⁴ = e⁰.
        assertThat(run.step(2).ran()).containsExactlyInAnyOrder("x", "e0", "sample");
        float[] e0 = OrtFragments.values(run.step(2).value("e0"));
        float[] e4 = OrtFragments.values(run.step(1).value("e4"));
        for (int i = 0; i < third.length; i++) {
            assertThat(third[i]).isCloseTo(second[i] + e4[i] - e0[i], Close.TO);
        }
    }

    @Test
    void addsWhatTheModelAddsBetweenTheBlocksOnce() {
        TestGeneration run = new TestGeneration(
                ort, ToyModel.singleStream().withHint(), builder().build(), 12);
        run.run(500, 1);
        float[] second = run.run(500, 1);
        float[] third = run.run(500, 1);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, COMPUTE, REUSE);
        assertThat(run.step(2).ran()).containsExactlyInAnyOrder("x", "sample");
        for (int i = 0; i < third.length; i++) {
            assertThat(third[i]).isCloseTo(second[i], Close.TO);
        }
    }

    @Test
    void addsWhatTheModelAddsBetweenTheBlocksTwiceAsTheReferenceDoes() {
        TestGeneration run = new TestGeneration(
                ort,
                ToyModel.singleStream().withHint(),
                builder().set(MagCache.HINTS_TWICE, true).build(),
                12);
        run.run(500, 1);
        float[] second = run.run(500, 1);
        float[] third = run.run(500, 1);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, COMPUTE, REUSE);
        assertThat(run.step(2).ran()).containsExactlyInAnyOrder("x", "hint", "sample");
        float[] hint = OrtFragments.values(run.step(2).value("hint"));
        for (int i = 0; i < third.length; i++) {
            assertThat(third[i]).isCloseTo(second[i] - hint[i], Close.TO);
        }
    }

    @Test
    void startsOverAfterTheLastStep() {
        TestGeneration run =
                new TestGeneration(ort, ToyModel.singleStream(), builder().build(), 24);
        for (int i = 0; i < 15; i++) {
            run.run(500, 1);
        }
        assertThat(run.decisions(Subject.BLOCKS).subList(11, 15)).containsExactly(REUSE, COMPUTE, COMPUTE, REUSE);
    }

    @Test
    void doesNotFireAtThresholdZeroNorInRetention() {
        TestGeneration never = new TestGeneration(
                ort,
                ToyModel.singleStream(),
                MagCache.builder()
                        .set(MagCache.THRESHOLD, 0.0)
                        .set(MagCache.MAG_RATIOS, List.of(1.0))
                        .build(),
                28);
        TestGeneration retained = new TestGeneration(
                ort,
                ToyModel.singleStream(),
                builder().set(MagCache.RETENTION_RATIO, 1.0).build(),
                12);
        for (int i = 0; i < 10; i++) {
            never.run(500, 1);
            retained.run(500, 1);
        }
        assertThat(never.decisions(Subject.BLOCKS)).containsOnly(COMPUTE);
        assertThat(retained.decisions(Subject.BLOCKS)).containsOnly(COMPUTE);
    }

    @Test
    void limitsReusesInARow() {
        TestGeneration run = new TestGeneration(
                ort,
                ToyModel.singleStream(),
                builder()
                        .set(MagCache.MAX_SKIP_STEPS, 1)
                        .set(MagCache.THRESHOLD, 10.0)
                        .build(),
                12);
        for (int i = 0; i < 6; i++) {
            run.run(500, 1);
        }
        assertThat(run.reasons(Subject.BLOCKS).get(3)).isEqualTo("MAX_CONTINUOUS");
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, COMPUTE, REUSE, COMPUTE, REUSE, COMPUTE);
    }

    @Test
    void calibrationMeasuresTheRatio() {
        TestGeneration run = new TestGeneration(
                ort,
                ToyModel.singleStream(),
                MagCache.builder().set(MagCache.CALIBRATE, true).build(),
                12);
        run.run(500, 1);
        run.run(500, 1.25f);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, COMPUTE);
        assertThat(run.step(0).measured()).containsEntry(MagCache.RESIDUAL_RATIO, 1.0);
        assertThat(run.step(1).measured().get(MagCache.RESIDUAL_RATIO).floatValue())
                .isCloseTo(1.25f, Close.TO);
    }

    @Test
    void takesRatiosToTheNearestIndex() {
        List<Double> table = List.of(0.0, 1.0, 2.0, 3.0);
        assertThat(MagCache.nearest(table, 1)).containsExactly(3);
        assertThat(MagCache.nearest(table, 2)).containsExactly(0, 3);
        // 1.5 goes to the even neighbour.
        assertThat(MagCache.nearest(table, 3)).containsExactly(0, 2, 3);
        assertThat(MagCache.nearest(table, 7)).containsExactly(0, 0, 1, 2, 2, 2, 3);
        assertThat(MagCache.nearest(List.of(5.0), 3)).containsExactly(5, 5, 5);
    }

    @Test
    void needsRatios() {
        assertThatThrownBy(() -> MagCache.builder().build())
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageStartingWith("magcache: mag_ratios must be set")
                .hasMessageContaining("calibrate=true");
    }
}
