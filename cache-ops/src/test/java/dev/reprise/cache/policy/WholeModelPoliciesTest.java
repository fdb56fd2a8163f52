package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.PREDICT;
import static dev.reprise.cache.Decision.REUSE;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.Close;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.parameter.PolicyBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** EasyCache and output forecast, on a model where nothing was located. */
class WholeModelPoliciesTest {
    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    private TestGeneration run(PolicyBuilder builder, float... latents) {
        ToyModel model = ToyModel.singleStream().withoutBlocks();
        TestGeneration run = new TestGeneration(ort, model, builder.build(), latents.length);
        for (float each : latents) {
            run.run(500, each);
        }
        return run;
    }

    @Test
    void easyCacheFiresWhileTheLatentsHardlyMove() {
        PolicyBuilder builder =
                EasyCache.builder().set(EasyCache.WARMUP_STEPS, 2).set(EasyCache.THRESHOLD, 0.05);
        TestGeneration run = run(builder, 1, 1.1f, 1.12f, 1.14f, 1.2f, 1.21f);
        // The model is linear: the expected relative change of the output is that of the latents.
        assertThat(run.decisions(Subject.MODEL)).containsExactly(COMPUTE, COMPUTE, REUSE, REUSE, COMPUTE, COMPUTE);
        assertThat(run.reasons(Subject.MODEL))
                .containsExactly(
                        "FIRST_STEP",
                        "WARMUP",
                        "ACCUMULATED=0.01818<0.05000",
                        "ACCUMULATED=0.03636<0.05000",
                        "ACCUMULATED=0.09091>0.05000",
                        "LAST_STEP");
        assertThat(run.step(3).ran()).isEmpty();
        float[] anchor = OrtFragments.values(run.step(1).value("sample"));
        float[] reused = OrtFragments.values(run.step(3).value("sample"));
        for (int i = 0; i < reused.length; i++) {
            assertThat(reused[i]).isCloseTo(anchor[i] + 0.04f * (1 + 0.3f * i), Close.TO);
        }
    }

    @Test
    void easyCacheDoesNotFireAtThresholdZero() {
        PolicyBuilder builder =
                EasyCache.builder().set(EasyCache.WARMUP_STEPS, 2).set(EasyCache.THRESHOLD, 0.0);
        assertThat(run(builder, 1, 1.1f, 1.1f, 1.1f, 1.1f).decisions(Subject.MODEL))
                .containsOnly(COMPUTE);
    }

    @Test
    void easyCacheComputesWhenTheRateIsUnknown() {
        // Latents that stand still say nothing about the output: 0/0.
        PolicyBuilder builder = EasyCache.builder().set(EasyCache.WARMUP_STEPS, 2);
        assertThat(run(builder, 1, 1, 1, 1).decisions(Subject.MODEL)).containsOnly(COMPUTE);
    }

    @Test
    void easyCacheSaysThatThereIsNoRoomForAnotherOutput() {
        ToyModel model = ToyModel.singleStream().withoutBlocks().withPair();
        TestGeneration run = new TestGeneration(
                ort, model, EasyCache.builder().set(EasyCache.WARMUP_STEPS, 2).build(), 0);
        // Room for the first output's change, 64 bytes, and not for the pair of 128.
        run.cache().budget(150);
        run.run(500, 1);
        run.run(500, 1);
        assertThat(run.reasons(Subject.MODEL)).containsExactly("FIRST_STEP", "BUDGET");
    }

    @Test
    void outputForecastFiresBetweenComputedSteps() {
        PolicyBuilder builder =
                OutputForecast.builder().set(OutputForecast.WARMUP_STEPS, 2).set(OutputForecast.LAST_STEPS, 1);
        TestGeneration run = run(builder, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(run.decisions(Subject.MODEL))
                .containsExactly(COMPUTE, COMPUTE, PREDICT, PREDICT, COMPUTE, PREDICT, PREDICT, COMPUTE);
        assertThat(run.step(2).ran()).isEmpty();
        float[] predicted = OrtFragments.values(run.step(3).value("sample"));
        float[] computed = run.uncached(500, 4);
        for (int i = 0; i < predicted.length; i++) {
            assertThat(predicted[i]).isCloseTo(computed[i], org.assertj.core.api.Assertions.within(1e-3f));
        }
    }

    @Test
    void outputForecastDoesNotFireInWarmup() {
        PolicyBuilder builder = OutputForecast.builder().set(OutputForecast.WARMUP_STEPS, 9);
        assertThat(run(builder, 1, 2, 3, 4).decisions(Subject.MODEL)).containsOnly(COMPUTE);
    }

    @Test
    void computesWithoutRoomInTheCache() {
        for (PolicyBuilder builder : new PolicyBuilder[] {
            OutputForecast.builder().set(OutputForecast.WARMUP_STEPS, 0).set(OutputForecast.LAST_STEPS, 0),
            EasyCache.builder().set(EasyCache.WARMUP_STEPS, 2)
        }) {
            ToyModel model = ToyModel.singleStream().withoutBlocks();
            TestGeneration run = new TestGeneration(ort, model, builder.build(), 0);
            run.cache().budget(70);
            for (int i = 0; i < 4; i++) {
                run.run(500, 1 + i);
            }
            if (builder.parameters().plain().containsKey("threshold")) {
                assertThat(run.reasons(Subject.MODEL)).containsExactly("FIRST_STEP", "WARMUP", "BUDGET", "BUDGET");
            } else {
                // Room for the last value, not for its slope.
                assertThat(run.decisions(Subject.MODEL)).containsExactly(COMPUTE, PREDICT, COMPUTE, PREDICT);
            }
        }
    }
}
