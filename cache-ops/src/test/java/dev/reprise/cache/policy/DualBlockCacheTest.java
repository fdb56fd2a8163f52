package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.PREDICT;
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
import dev.reprise.cache.parameter.ForecastKind;
import dev.reprise.cache.parameter.PolicyBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DualBlockCacheTest {
    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    private static PolicyBuilder builder() {
        return DualBlockCache.builder().set(DualBlockCache.WARMUP_STEPS, 1).set(DualBlockCache.BACK_BLOCKS, 1);
    }

    private TestGeneration run(PolicyBuilder builder, float... latents) {
        TestGeneration run = new TestGeneration(ort, ToyModel.doubleStream(), builder.build(), latents.length);
        for (float each : latents) {
            run.run(500, each);
        }
        return run;
    }

    @Test
    void firesBetweenFrontAndBack() {
        TestGeneration run = run(builder(), 1, 1, 1.5f);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE, COMPUTE);
        assertThat(run.step(1).ran())
                .containsExactlyInAnyOrder("x", "a1", "h1", "e0", "e1", "a4", "h4", "e4", "sample");
        float[] reused = OrtFragments.values(run.step(1).value("sample"));
        float[] computed = run.uncached(500, 1);
        for (int i = 0; i < reused.length; i++) {
            assertThat(reused[i]).isCloseTo(computed[i], Close.TO);
        }
    }

    @Test
    void doesNotFireAtThresholdZeroOrInWarmup() {
        assertThat(run(builder().set(DualBlockCache.THRESHOLD, 0.0), 1, 1, 1).decisions(Subject.BLOCKS))
                .containsOnly(COMPUTE);
        assertThat(run(builder().set(DualBlockCache.WARMUP_STEPS, 3), 1, 1, 1).reasons(Subject.BLOCKS))
                .containsExactly("FIRST_STEP", "WARMUP", "WARMUP");
    }

    @Test
    void limitsReusesInTotalAndInARow() {
        assertThat(run(builder().set(DualBlockCache.MAX_CACHED, 2), 1, 1, 1, 1).reasons(Subject.BLOCKS))
                .endsWith("MAX_CACHED");
        assertThat(run(builder().set(DualBlockCache.MAX_CONTINUOUS, 1), 1, 1, 1, 1, 1)
                        .decisions(Subject.BLOCKS))
                .containsExactly(COMPUTE, REUSE, COMPUTE, REUSE, COMPUTE);
    }

    @Test
    void differencesOfReusesAddUpUntilAComputedStep() {
        PolicyBuilder builder = builder().set(DualBlockCache.MAX_ACCUMULATED_DIFFERENCE, 0.07);
        TestGeneration run = run(builder, 1, 1.05f, 1.05f, 1.1f, 1.05f);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE, COMPUTE, REUSE, REUSE);
        assertThat(run.reasons(Subject.BLOCKS).get(2)).startsWith("ACCUMULATED=");
    }

    @Test
    void theMaskComesBeforeTheDifference() {
        PolicyBuilder dynamic = builder().set(DualBlockCache.MASK, "1010");
        assertThat(run(dynamic, 1, 1, 1, 2, 2).reasons(Subject.BLOCKS))
                .satisfies(reasons -> assertThat(reasons.get(2)).isEqualTo("MASK"));
        PolicyBuilder fixed = builder()
                .set(DualBlockCache.MASK, "1010")
                .set(DualBlockCache.MASK_POLICY, DualBlockCache.MaskPolicy.STATIC);
        TestGeneration run = run(fixed, 1, 9, 1, 9, 1);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE, COMPUTE, REUSE, COMPUTE);
        assertThatThrownBy(() -> builder()
                        .set(DualBlockCache.MASK_POLICY, DualBlockCache.MaskPolicy.STATIC)
                        .build())
                .hasMessageContaining("mask must be set");
    }

    @Test
    void forecastsTheResidual() {
        PolicyBuilder builder = builder()
                .set(DualBlockCache.FORECAST, ForecastKind.LAGRANGE)
                .set(DualBlockCache.WARMUP_STEPS, 2)
                .set(DualBlockCache.THRESHOLD, 1.0);
        TestGeneration run = run(builder, 1, 1.1f, 1.2f);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, COMPUTE, PREDICT);
        float[] predicted = OrtFragments.values(run.step(2).value("sample"));
        float[] computed = run.uncached(500, 1.2f);
        for (int i = 0; i < predicted.length; i++) {
            assertThat(predicted[i]).isCloseTo(computed[i], org.assertj.core.api.Assertions.within(1e-3f));
        }
    }

    @Test
    void aForecastOfOneValueIsAReuse() {
        PolicyBuilder builder = builder().set(DualBlockCache.FORECAST, ForecastKind.TAYLOR);
        assertThat(run(builder.set(DualBlockCache.MAX_ORDER, 0), 1, 1).decisions(Subject.BLOCKS))
                .containsExactly(COMPUTE, REUSE);
        assertThat(run(builder.set(DualBlockCache.MAX_ORDER, 1), 1, 1).decisions(Subject.BLOCKS))
                .containsExactly(COMPUTE, PREDICT);
    }

    @Test
    void needsAMiddle() {
        assertThatThrownBy(() -> builder()
                        .set(DualBlockCache.FRONT_BLOCKS, 3)
                        .build()
                        .bind(ToyModel.singleStream().manifest()))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessage(
                        "dbcache with front_blocks 3 and back_blocks 1 needs more than 4 transformer blocks, found 4");
    }

    @Test
    void aRefreshIsAFirstStep() {
        PolicyBuilder once = builder().set("warmup_steps=2").set("force_refresh_step_hint=4");
        assertThat(run(once, 1, 1, 1, 1, 1, 1, 1, 1, 1).reasons(Subject.BLOCKS))
                .containsExactly(
                        "FIRST_STEP",
                        "WARMUP",
                        "DIFF=0.000<0.08000",
                        "DIFF=0.000<0.08000",
                        "REFRESH",
                        "WARMUP",
                        "DIFF=0.000<0.08000",
                        "DIFF=0.000<0.08000",
                        "DIFF=0.000<0.08000");
        once.set("force_refresh_step_policy=repeat");
        assertThat(run(once, 1, 1, 1, 1, 1, 1, 1, 1, 1).reasons(Subject.BLOCKS)).endsWith("REFRESH");
    }

    @Test
    void cacheDitCountsGoOnOverComputedSteps() {
        PolicyBuilder builder = builder().set("max_accumulated_residual_diff=0.07");
        float[] latents = {1, 1.05f, 1.2f, 1.2f, 1.2f};
        assertThat(run(builder, latents).decisions(Subject.BLOCKS))
                .containsExactly(COMPUTE, REUSE, COMPUTE, REUSE, REUSE);
        // The computed step's difference is in the sum, which nothing takes back.
        builder.set(DualBlockCache.CACHE_DIT_COUNTS, true);
        assertThat(run(builder, latents).decisions(Subject.BLOCKS))
                .containsExactly(COMPUTE, REUSE, COMPUTE, COMPUTE, COMPUTE);
    }

    @Test
    void inWarmupEveryNthStepComputes() {
        PolicyBuilder builder = builder().set("warmup_steps=6").set("warmup_interval=3");
        assertThat(run(builder, 1, 1, 1, 1, 1, 1, 1).decisions(Subject.BLOCKS))
                .containsExactly(COMPUTE, REUSE, REUSE, COMPUTE, REUSE, REUSE, REUSE);
    }
}
