package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.PREDICT;
import static dev.reprise.cache.Decision.REUSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.Close;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.Identifiers;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.StepWeight;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FasterCacheTest {
    private static final String ATTENTION = "transformer_blocks.0.attn1";

    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    private static PolicyBuilder builder() {
        return FasterCache.builder()
                .set(FasterCache.TENSOR_FORMAT, FasterCache.TensorFormat.BCHW)
                .set(FasterCache.UNCONDITIONAL_BATCH_SKIP_RANGE, 3);
    }

    private TestGeneration generation(PolicyBuilder builder) {
        return new TestGeneration(ort, ToyModel.singleStream(), builder.build(), 10).batch(2);
    }

    @Test
    void firesOnTheUnconditionalHalfAndOnAttentionOfTheOther() {
        TestGeneration run = generation(builder());
        for (double timestep : new double[] {900, 600, 500, 400, 300, 200, 100}) {
            assertThat(run.run(timestep, 1)).hasSize(32);
        }
        assertThat(run.decisions(Subject.UNCONDITIONAL_BRANCH))
                .containsExactly(COMPUTE, REUSE, REUSE, COMPUTE, REUSE, REUSE, COMPUTE);
        assertThat(run.decisions(ATTENTION))
                .containsExactly(COMPUTE, PREDICT, COMPUTE, COMPUTE, COMPUTE, PREDICT, COMPUTE);
        assertThat(run.reasons(ATTENTION))
                .containsExactly(
                        "FIRST_STEP", "INTERVAL", "INTERVAL", "FULL_BATCH", "INTERVAL", "INTERVAL", "INTERVAL");
        assertThat(run.step(1).ran()).containsExactly("x", "h1", "h2", "h3", "h4", "sample");
        assertThat(run.step(1).input("hidden_states").shape()).containsExactly(1, 1, 4, 4);
        assertThat(run.step(1).input("timestep").shape()).containsExactly(1);
    }

    @Test
    void completesTheOutputWithWeightedCorrections() {
        // Without attention skips the conditional half is exact, and all that is left is the correction.
        TestGeneration run = generation(builder()
                .unset(FasterCache.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE)
                .set(FasterCache.LOW_FREQUENCY_WEIGHT, StepWeight.constant(2))
                .set(FasterCache.HIGH_FREQUENCY_WEIGHT, StepWeight.table(java.util.List.of(9.0, 3.0, 0.5))));
        float[] full = run.run(600, 1);
        float[] difference = new float[16];
        float mean = 0;
        for (int i = 0; i < 16; i++) {
            difference[i] = full[i] - full[16 + i];
            mean += difference[i] / 16;
        }
        // 4 x 4 has radius 0: the low frequencies are the mean. Weights multiply up from skip to skip.
        requireCorrected(run.run(600, 1), full, difference, mean, 2, 3);
        requireCorrected(run.run(600, 1), full, difference, mean, 4, 1.5f);
        assertThat(run.run(600, 1)).isEqualTo(full);
        requireCorrected(run.run(600, 1), full, difference, mean, 2, 0.5f);
    }

    private static void requireCorrected(
            float[] found, float[] full, float[] difference, float mean, float low, float high) {
        for (int i = 0; i < 16; i++) {
            assertThat(found[16 + i]).isCloseTo(full[16 + i], Close.TO);
            assertThat(found[i]).isCloseTo(full[16 + i] + low * mean + high * (difference[i] - mean), Close.TO);
        }
    }

    @Test
    void alphasApplyInTheirTimestepRanges() {
        TestGeneration run = generation(builder()
                .unset(FasterCache.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE)
                .set(FasterCache.ALPHA_LOW_FREQUENCY, 3.0)
                .set(FasterCache.ALPHA_HIGH_FREQUENCY, 5.0));
        float[] full = run.run(400, 1);
        float[] found = run.run(400, 1);
        float mean = 0;
        for (int i = 0; i < 16; i++) {
            mean += (full[i] - full[16 + i]) / 16;
        }
        assertThat(found[0]).isCloseTo(full[16] + 3 * mean + (full[0] - full[16] - mean), Close.TO);
    }

    @Test
    void extrapolatesFromTheLastTwoOutputs() {
        TestGeneration run = generation(FasterCache.builder()
                .set(FasterCache.IS_GUIDANCE_DISTILLED, true)
                .set(FasterCache.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE, 4)
                .set(FasterCache.SPATIAL_ATTENTION_BLOCK_IDENTIFIERS, Identifiers.of("blocks.3.attn1"))
                .set(FasterCache.ATTENTION_WEIGHT, StepWeight.constant(0.5)));
        float[] first = run.run(800, 1);
        run.run(700, 1.5f);
        float[] third = run.run(600, 1.5f);
        float[] fourth = run.run(500, 1.5f);
        assertThat(run.decisions("transformer_blocks.3.attn1")).containsExactly(COMPUTE, COMPUTE, PREDICT, PREDICT);
        float[] second = run.uncached(700, 1.5f);
        // out = −(h³ + a), a₄ = 0.4·(1 + τ/1000)·h³: work a back out of the outputs.
        for (int i = 0; i < 32; i++) {
            float y2 = -first[i] * 0.72f / 1.72f;
            float y1 = -second[i] * 0.68f / 1.68f;
            float h3 = -run.uncached(600, 1.5f)[i] / 1.64f;
            assertThat(third[i]).isCloseTo(-(h3 + y1 + (y1 - y2) * 0.5f), Close.TO);
            // The pair has shifted: the first extrapolated value is the newest now.
            float h3Next = -run.uncached(500, 1.5f)[i] / 1.6f;
            assertThat(fourth[i]).isCloseTo(-(h3Next + y1 + (y1 - y2) * 0.75f), Close.TO);
        }
    }

    @Test
    void doesNotFireOutOfRange() {
        TestGeneration run = generation(builder());
        run.run(900, 1);
        assertThat(run.run(641, 1)).isEqualTo(run.uncached(641, 1));
        assertThat(run.reasons(Subject.UNCONDITIONAL_BRANCH)).containsExactly("FIRST_STEP", "OUT_OF_RANGE");
        assertThat(run.decisions(ATTENTION)).containsExactly(COMPUTE, COMPUTE);
    }

    @Test
    void computesTheFullBatchWhenACorrectionIsGone() {
        TestGeneration run = generation(builder());
        run.run(600, 1);
        run.cache().lose("unconditional/high");
        assertThat(run.run(500, 1)).isEqualTo(run.uncached(500, 1));
        run.cache().budget(0);
        run.run(400, 1);
        run.run(300, 1);
        run.run(200, 1);
        assertThat(run.reasons(Subject.UNCONDITIONAL_BRANCH)).endsWith("INTERVAL", "BUDGET");
        assertThat(run.reasons(ATTENTION)).endsWith("BUDGET");
    }

    @Test
    void needsADynamicBatchOfTwoHalves() {
        assertThatThrownBy(() -> builder().build().bind(ToyModel.staticBatch().manifest()))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessage("faster_cache needs a dynamic batch axis on hidden_states to run its conditional half "
                        + "alone; it is fixed at 2. Export the model with a dynamic batch");
        TestGeneration one =
                new TestGeneration(ort, ToyModel.singleStream(), builder().build(), 10);
        assertThatThrownBy(() -> one.run(600, 1))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessageContaining("needs an even batch [unconditional; conditional], found");
        TestGeneration three =
                new TestGeneration(ort, ToyModel.singleStream(), builder().build(), 10).batch(3);
        assertThatThrownBy(() -> three.run(600, 1)).isInstanceOf(UnsupportedPolicyException.class);
    }

    @Test
    void namesTheFormatThatDoesNotFit() {
        assertThatThrownBy(() -> FasterCache.builder()
                        .build()
                        .bind(ToyModel.singleStream().manifest()))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessage("faster_cache: tensor_format BCFHW has 5 axes, the model output sample has 4");
    }

    @Test
    void identifiersPassTheFixedListFirst() {
        PolicyBuilder asked = builder().set(FasterCache.SPATIAL_ATTENTION_BLOCK_IDENTIFIERS, Identifiers.of("layers"));
        assertThatThrownBy(() -> asked.build().bind(ToyModel.named("layers").manifest()))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessageContaining("layers.0.attn1");
        BoundPolicy guidanceOnly =
                builder().build().bind(ToyModel.named("layers").manifest());
        assertThat(guidanceOnly.provides()).isEmpty();
        assertThat(Arrays.asList("sample")).containsAll(guidanceOnly.keeps().keySet());
        BoundPolicy attentionOnly = builder()
                .set(FasterCache.IS_GUIDANCE_DISTILLED, true)
                .build()
                .bind(ToyModel.named("layers").manifest());
        assertThat(attentionOnly.provides()).containsExactlyInAnyOrder("a1", "a2", "a3", "a4");
    }
}
