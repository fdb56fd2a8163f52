package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.REUSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.Close;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.PolicyBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FirstBlockCacheTest {
    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    private TestGeneration generation(ToyModel model, PolicyBuilder builder) {
        return new TestGeneration(ort, model, builder.build(), 10);
    }

    @Test
    void firesWhileTheFirstBlockHardlyChanges() {
        TestGeneration run =
                generation(ToyModel.singleStream(), FirstBlockCache.builder().set(FirstBlockCache.THRESHOLD, 0.1));
        float[] first = run.run(500, 1);
        float[] second = run.run(500, 1.05f);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE);
        assertThat(run.reasons(Subject.BLOCKS)).containsExactly("FIRST_STEP", "DIFF=0.05000<0.1000");
        assertThat(run.step(1).ran()).containsExactlyInAnyOrder("x", "a1", "h1", "sample");
        // h¹ = 2.3·latents, R = h⁴ − h¹ of the first step.
        assertThat(first).isEqualTo(run.uncached(500, 1));
        for (int i = 0; i < first.length; i++) {
            float h1 = 2 * 1.15f * (1 + 0.3f * i);
            assertThat(second[i]).isCloseTo(first[i] - 0.05f * h1, Close.TO);
        }
    }

    @Test
    void doesNotFireWhenItChanges() {
        TestGeneration run =
                generation(ToyModel.singleStream(), FirstBlockCache.builder().set(FirstBlockCache.THRESHOLD, 0.1));
        run.run(500, 1);
        assertThat(run.run(500, 1.2f)).isEqualTo(run.uncached(500, 1.2f));
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, COMPUTE);
    }

    @Test
    void theAnchorStaysWhileStepsReuseIt() {
        TestGeneration run =
                generation(ToyModel.singleStream(), FirstBlockCache.builder().set(FirstBlockCache.THRESHOLD, 0.1));
        run.run(500, 1);
        run.run(500, 1.08f);
        run.run(500, 1.16f);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE, COMPUTE);
    }

    @Test
    void reusesTheEncoderStreamToo() {
        TestGeneration run =
                generation(ToyModel.doubleStream(), FirstBlockCache.builder().set(FirstBlockCache.THRESHOLD, 0.1));
        float[] first = run.run(500, 1);
        float[] same = run.run(500, 1);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE);
        assertThat(run.step(1).ran()).containsExactlyInAnyOrder("x", "a1", "h1", "e0", "e1", "sample");
        for (int i = 0; i < first.length; i++) {
            assertThat(same[i]).isCloseTo(first[i], Close.TO);
        }
    }

    @Test
    void addsWhatTheModelAddsBetweenTheBlocksOnce() {
        TestGeneration run = generation(
                ToyModel.singleStream().withHint(), FirstBlockCache.builder().set(FirstBlockCache.THRESHOLD, 0.1));
        float[] first = run.run(500, 1);
        float[] same = run.run(500, 1);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE);
        assertThat(run.step(1).ran()).containsExactlyInAnyOrder("x", "a1", "h1", "sample");
        for (int i = 0; i < first.length; i++) {
            assertThat(same[i]).isCloseTo(first[i], Close.TO);
        }
    }

    @Test
    void addsWhatTheModelAddsBetweenTheBlocksTwiceAsTheReferenceDoes() {
        TestGeneration run = generation(
                ToyModel.singleStream().withHint(),
                FirstBlockCache.builder().set(FirstBlockCache.THRESHOLD, 0.1).set(FirstBlockCache.HINTS_TWICE, true));
        float[] first = run.run(500, 1);
        float[] same = run.run(500, 1);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE);
        assertThat(run.step(1).ran()).containsExactlyInAnyOrder("x", "a1", "h1", "hint", "sample");
        float[] hint = OrtFragments.values(run.step(1).value("hint"));
        for (int i = 0; i < first.length; i++) {
            assertThat(same[i]).isCloseTo(first[i] - hint[i], Close.TO);
        }
    }

    @Test
    void thresholdZeroComputesEvenWhenNothingChanges() {
        TestGeneration run =
                generation(ToyModel.singleStream(), FirstBlockCache.builder().set(FirstBlockCache.THRESHOLD, 0.0));
        run.run(500, 1);
        assertThat(run.run(500, 1)).isEqualTo(run.uncached(500, 1));
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, COMPUTE);
    }

    @Test
    void anAnchorOfZerosComputes() {
        TestGeneration run = generation(ToyModel.singleStream(), FirstBlockCache.builder());
        run.run(500, 0);
        run.run(500, 0);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, COMPUTE);
    }

    @Test
    void warmupAndContinuousReusesAreLimited() {
        TestGeneration run = generation(
                ToyModel.singleStream(),
                FirstBlockCache.builder()
                        .set(FirstBlockCache.WARMUP_STEPS, 2)
                        .set(FirstBlockCache.MAX_CONTINUOUS_REUSES, 1)
                        .set(FirstBlockCache.PROBE_STRIDE, 3));
        for (int i = 0; i < 5; i++) {
            run.run(500, 1);
        }
        assertThat(run.reasons(Subject.BLOCKS))
                .containsExactly("FIRST_STEP", "WARMUP", "DIFF=0.000<0.05000", "MAX_CONTINUOUS", "DIFF=0.000<0.05000");
    }

    @Test
    void computesWithoutRoomInTheCache() {
        TestGeneration run = generation(ToyModel.singleStream(), FirstBlockCache.builder());
        run.cache().budget(100);
        run.run(500, 1);
        run.run(500, 1);
        assertThat(run.reasons(Subject.BLOCKS)).containsExactly("FIRST_STEP", "BUDGET");
        run.cache().budget(1000);
        run.run(500, 1);
        run.run(500, 1);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, COMPUTE, COMPUTE, REUSE);
        run.cache().lose("residual/d0");
        assertThat(run.run(500, 1)).isEqualTo(run.uncached(500, 1));
    }

    @Test
    void needsBlocks() {
        assertThatThrownBy(() -> generation(ToyModel.singleStream().withoutBlocks(), FirstBlockCache.builder()))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessageStartingWith("first_block_cache needs a chain of transformer blocks");
    }
}
