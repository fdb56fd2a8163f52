package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.REUSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Reason;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.Identifiers;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.TimestepRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PyramidAttentionBroadcastTest {
    private static final double[] TIMESTEPS = {900, 700, 600, 500, 400, 300, 200, 100};

    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    private TestGeneration generation(ToyModel model, PolicyBuilder builder) {
        TestGeneration run = new TestGeneration(ort, model, builder.build(), TIMESTEPS.length);
        for (double timestep : TIMESTEPS) {
            run.run(timestep, 1);
        }
        return run;
    }

    @Test
    void firesBetweenTheTimestepsAtTheSkipRange() {
        TestGeneration run = generation(
                ToyModel.singleStream().withCrossAttention(),
                PyramidAttentionBroadcast.builder()
                        .set(PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE, 2)
                        .set(PyramidAttentionBroadcast.CROSS_ATTENTION_BLOCK_SKIP_RANGE, 3));
        assertThat(run.decisions("transformer_blocks.0.attn1"))
                .containsExactly(COMPUTE, REUSE, COMPUTE, REUSE, COMPUTE, REUSE, COMPUTE, COMPUTE);
        assertThat(run.decisions("transformer_blocks.1.attn1"))
                .containsExactly(COMPUTE, REUSE, REUSE, COMPUTE, REUSE, REUSE, COMPUTE, COMPUTE);
        assertThat(run.reasons("transformer_blocks.0.attn1")).endsWith("INTERVAL", "INTERVAL", "OUT_OF_RANGE");
        assertThat(run.step(1).ran()).doesNotContain("a1", "a2", "a3", "a4").contains("h1", "h4");
    }

    @Test
    void reusesTheOutputOfTheLastComputedStep() {
        TestGeneration run = generation(
                ToyModel.singleStream(),
                PyramidAttentionBroadcast.builder()
                        .set(PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE, 2)
                        .set(
                                PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_IDENTIFIERS,
                                Identifiers.of("blocks\\.0")));
        assertThat(run.step(3).decisions()).containsOnlyKeys("transformer_blocks.0.attn1");
        assertThat(run.step(3).ran()).doesNotContain("a1").contains("a2", "a3", "a4");
    }

    @Test
    void doesNotFireOutOfRange() {
        TestGeneration run = generation(
                ToyModel.singleStream(),
                PyramidAttentionBroadcast.builder()
                        .set(
                                PyramidAttentionBroadcast.SPATIAL_ATTENTION_TIMESTEP_SKIP_RANGE,
                                new TimestepRange(950, 999)));
        assertThat(run.decisions("transformer_blocks.2.attn1")).containsOnly(COMPUTE);
    }

    @Test
    void spatialIdentifiersAreFoundInTemporalPathsToo() {
        TestGeneration run = generation(
                ToyModel.named("temporal_transformer_blocks"),
                PyramidAttentionBroadcast.builder()
                        .set(PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE, 2)
                        .set(PyramidAttentionBroadcast.TEMPORAL_ATTENTION_BLOCK_SKIP_RANGE, 4));
        assertThat(run.decisions("temporal_transformer_blocks.0.attn1").subList(0, 5))
                .containsExactly(COMPUTE, REUSE, COMPUTE, REUSE, COMPUTE);
    }

    @Test
    void aModuleWithoutRoomComputesAndTheOthersReuse() {
        PolicyBuilder builder = PyramidAttentionBroadcast.builder();
        TestGeneration run = new TestGeneration(ort, ToyModel.singleStream(), builder.build(), 8);
        run.cache().budget(2 * 64);
        run.run(700, 1);
        run.run(600, 1);
        assertThat(run.step(1).decisions().get("transformer_blocks.1.attn1").decision())
                .isEqualTo(REUSE);
        assertThat(run.step(1).decisions().get("transformer_blocks.2.attn1").reason())
                .isEqualTo(Reason.BUDGET);
    }

    @Test
    void namesThePathsThatTheIdentifiersMissed() {
        PolicyBuilder builder = PyramidAttentionBroadcast.builder()
                .set(
                        PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_IDENTIFIERS,
                        Identifiers.of("transformer_block\\."));
        assertThatThrownBy(() -> generation(ToyModel.singleStream(), builder))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessage(
                        "pyramid_attention_broadcast: no attention module matches [transformer_block\\.]; nearest "
                                + "module paths: transformer_blocks.0.attn1, transformer_blocks.1.attn1, transformer_blocks.2.attn1");
    }

    @Test
    void takesTheLocatedAttentionWhereTheDefaultsMatchNothing() {
        BoundPolicy bound = PyramidAttentionBroadcast.builder()
                .build()
                .bind(ToyModel.named("towers").manifest());
        assertThat(bound.provides()).containsExactlyInAnyOrder("a1", "a2", "a3", "a4");
    }
}
