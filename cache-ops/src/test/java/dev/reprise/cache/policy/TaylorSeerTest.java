package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.PREDICT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.Identifiers;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TaylorSeerTest {
    private static final Identifiers ATTENTION = Identifiers.of(".*blocks\\.\\d+\\.attn1?");

    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    private static PolicyBuilder builder() {
        return TaylorSeer.builder()
                .set(TaylorSeer.CACHE_INTERVAL, 3)
                .set(TaylorSeer.CACHE_IDENTIFIERS, ATTENTION)
                .set(TaylorSeer.TAYLOR_FACTORS_DTYPE, ElementType.FLOAT);
    }

    private TestGeneration generation(ToyModel model, PolicyBuilder builder) {
        return new TestGeneration(ort, model, builder.build(), 12);
    }

    @Test
    void firesBetweenComputedSteps() {
        TestGeneration run = generation(ToyModel.singleStream(), builder().set(TaylorSeer.DISABLE_CACHE_AFTER_STEP, 9));
        for (int i = 0; i < 10; i++) {
            run.run(500, 1 + i);
        }
        assertThat(run.decisions("transformer_blocks.2.attn1"))
                .containsExactly(
                        COMPUTE, COMPUTE, COMPUTE, PREDICT, COMPUTE, PREDICT, PREDICT, COMPUTE, PREDICT, COMPUTE);
        assertThat(run.reasons("transformer_blocks.2.attn1"))
                .containsExactly(
                        "WARMUP",
                        "WARMUP",
                        "WARMUP",
                        "INTERVAL",
                        "INTERVAL",
                        "INTERVAL",
                        "INTERVAL",
                        "INTERVAL",
                        "INTERVAL",
                        "COOLDOWN");
        assertThat(run.step(3).ran()).doesNotContain("a1", "a2", "a3", "a4").contains("h4");
    }

    @Test
    void orderOneIsExactForWhatGrowsLinearly() {
        TestGeneration run = generation(ToyModel.doubleStream(), builder());
        for (int i = 0; i < 4; i++) {
            float[] output = run.run(500, 1 + i);
            float[] computed = run.uncached(500, 1 + i);
            for (int j = 0; j < output.length; j++) {
                assertThat(output[j]).isCloseTo(computed[j], org.assertj.core.api.Assertions.within(1e-3f));
            }
        }
        assertThat(run.decisions("transformer_blocks.0.attn1")).endsWith(PREDICT);
    }

    @Test
    void liteModePredictsTheFinalProjectionAndRunsNothing() {
        TestGeneration run =
                generation(ToyModel.doubleStream(), TaylorSeer.builder().set(TaylorSeer.USE_LITE_MODE, true));
        for (int i = 0; i < 4; i++) {
            run.run(500, 1 + i);
        }
        assertThat(run.step(3).ran()).isEmpty();
        assertThat(run.decisions("proj_out")).containsExactly(COMPUTE, COMPUTE, COMPUTE, PREDICT);
        assertThat(run.reasons("transformer_blocks.1")).containsExactly("WARMUP", "WARMUP", "WARMUP", "INACTIVE");
        assertThat(run.step(3).decisions()).doesNotContainKey("transformer_blocks.1.attn1");
        assertThat(run.cache().names()).containsExactlyInAnyOrder("sample/d0", "sample/d1");
    }

    @Test
    void skippedModulesReturnZerosWhereOnlyThePredictedOnesRead() {
        TestGeneration run = generation(
                ToyModel.doubleStream(),
                builder().set(TaylorSeer.SKIP_PREDICT_IDENTIFIERS, Identifiers.of("transformer_blocks\\.3")));
        for (int i = 0; i < 4; i++) {
            run.run(500, 1);
        }
        assertThat(run.step(3).ran()).containsExactly("sample");
        assertThat(run.decisions("transformer_blocks.3")).endsWith(PREDICT);
        assertThat(run.run(500, 1)).isEqualTo(run.uncached(500, 1));
    }

    @Test
    void nothingReadsZerosWhenAForecastIsMissing() {
        TestGeneration run = generation(
                ToyModel.doubleStream(),
                builder()
                        .set(TaylorSeer.CACHE_IDENTIFIERS, Identifiers.of(".*\\.3\\.attn1"))
                        .set(TaylorSeer.SKIP_PREDICT_IDENTIFIERS, Identifiers.of("transformer_blocks\\.1")));
        run.cache().budget(0);
        for (int i = 0; i < 3; i++) {
            run.run(500, 1);
        }
        assertThat(run.run(500, 1)).isEqualTo(run.uncached(500, 1));
        assertThat(run.reasons("transformer_blocks.1")).endsWith("BUDGET");
        assertThat(run.decisions("transformer_blocks.1")).containsOnly(COMPUTE);
    }

    @Test
    void keepsFactorsInTheirOwnType() {
        TestGeneration run = generation(
                ToyModel.singleStream(), builder().set(TaylorSeer.TAYLOR_FACTORS_DTYPE, ElementType.BFLOAT16));
        for (int i = 0; i < 4; i++) {
            run.run(500, 1);
        }
        assertThat(run.cache().get("a1/d1").elementType()).isEqualTo(ElementType.BFLOAT16);
        float[] predicted = run.run(3, 500, 1);
        float[] computed = run.uncached(500, 1);
        for (int i = 0; i < predicted.length; i++) {
            assertThat(predicted[i] / computed[i]).isCloseTo(1, org.assertj.core.api.Assertions.within(0.01f));
        }
    }

    @Test
    void computesWhatIsMissing() {
        TestGeneration run =
                generation(ToyModel.singleStream(), builder().set(TaylorSeer.DISABLE_CACHE_BEFORE_STEP, 0));
        run.run(500, 1);
        assertThat(run.reasons("transformer_blocks.0.attn1")).containsExactly("FIRST_STEP");
        run.run(500, 1);
        run.cache().lose("a1/d0");
        assertThat(run.run(500, 1)).isNotEmpty();
        assertThat(run.decisions("transformer_blocks.0.attn1")).endsWith(COMPUTE);
        assertThat(run.decisions("transformer_blocks.1.attn1")).endsWith(PREDICT);
    }

    @Test
    void predictsTheLocatedAttentionWhereTheDefaultsMatchNothing() {
        BoundPolicy bound =
                TaylorSeer.builder().build().bind(ToyModel.singleStream().manifest());
        assertThat(bound.provides()).containsExactlyInAnyOrder("a1", "a2", "a3", "a4");
    }

    @Test
    void refusesIdentifiersOfTheUserThatMatchNothing() {
        assertThatThrownBy(() -> TaylorSeer.builder()
                        .set(TaylorSeer.CACHE_IDENTIFIERS, Identifiers.of("blocks.*attn"))
                        .build()
                        .bind(ToyModel.singleStream().manifest()))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessageContaining("no module path as a whole matches [blocks.*attn")
                .hasMessageContaining("transformer_blocks.0.attn1");
        assertThatThrownBy(() -> builder()
                        .set(TaylorSeer.SKIP_PREDICT_IDENTIFIERS, Identifiers.of("blocks"))
                        .build()
                        .bind(ToyModel.singleStream().manifest()))
                .hasMessageContaining("matches [blocks]");
    }

    @Test
    void liteModeTakesTheFinalProjectionOfAnyName() {
        Manifest model = withProjection(ModuleKind.FINAL_PROJECTION);
        assertThat(new TaylorSeerLite(false).bind(model).provides()).containsExactly("sample");
    }

    @Test
    void liteModeIsRefusedWithoutAFinalProjection() {
        Manifest model = withProjection(ModuleKind.OTHER);
        assertThatThrownBy(() -> new TaylorSeerLite(false).bind(model))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessageContaining("use_lite_mode needs a final projection");
        assertThat(new TaylorSeerLite(true).bind(model).provides()).isNotEmpty().doesNotContain("sample");
    }

    private record TaylorSeerLite(boolean zerosAlone) {
        BoundPolicy bind(Manifest model) {
            return TaylorSeer.builder()
                    .set(TaylorSeer.USE_LITE_MODE, true)
                    .set(TaylorSeer.ZEROS_ALONE, zerosAlone)
                    .build()
                    .bind(model);
        }
    }

    /** The toy model with its last module called head. */
    private static Manifest withProjection(ModuleKind kind) {
        Manifest model = ToyModel.singleStream().manifest();
        return model.withModules(model.modules().stream()
                .map(module -> module.path().equals("proj_out")
                        ? new Module(
                                "head",
                                kind,
                                module.className(),
                                module.inputs(),
                                module.outputs(),
                                module.segments(),
                                module.multiplyAdds(),
                                module.weightBytes())
                        : module)
                .toList());
    }
}
