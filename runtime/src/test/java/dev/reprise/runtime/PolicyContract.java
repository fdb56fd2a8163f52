package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.Module;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.TracedDecision;
import dev.reprise.testdata.TestModels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds for every policy, on models of several architectures. A policy of somebody else extends it, and says with which settings it
 * skips something and with which it must not; {@code examples/policy} is one.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class PolicyContract {
    static final int STEPS = 10;
    static final SessionSettings EXACT = SessionSettings.cpu().withoutOptimizations();
    private static final Map<String, Path> BUNDLES = new HashMap<>();

    @TempDir
    private static Path folder;

    private final List<CachedTransformer> open = new ArrayList<>();

    static final List<String> MODELS =
            List.of("pixart/torchscript_dynamic", "dit/dynamo_dynamic", "flux/dynamo", "controlnet/torchscript");

    /** The policies that work on one of the models: {@code flux/dynamo}. The catalogue must have them. */
    protected abstract List<PolicySettings> policies(String model);

    Stream<Arguments> policies() {
        return on(MODELS);
    }

    Stream<Arguments> policiesWithThreshold() {
        return policies()
                .filter(pair -> ((PolicySettings) pair.get()[0]).thresholdZero().isPresent());
    }

    Stream<Arguments> policiesOfDynamicBatch() {
        return on(MODELS.stream().filter(model -> model.endsWith("_dynamic")).toList());
    }

    private Stream<Arguments> on(List<String> models) {
        return models.stream()
                .flatMap(model -> policies(model).stream().map(settings -> Arguments.of(settings, model)));
    }

    @AfterEach
    void nothingIsLeft() {
        for (CachedTransformer transformer : open) {
            transformer.close();
            assertThat(transformer.liveTensors().count()).as("live tensors").isZero();
        }
        open.clear();
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void settingsThatComputeEverythingAreAsIfThereWasNoPolicy(PolicySettings policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        List<byte[]> expected = run(transformer, Inputs.CHANGING);
        for (CachePolicy computing : policy.computing()) {
            transformer.enableCache(computing);
            assertThat(run(transformer, Inputs.CHANGING)).as(policy.name()).containsExactlyElementsOf(expected);
            assertThat(transformer.trace())
                    .flatExtracting(StepTrace::decisions)
                    .extracting(TracedDecision::decision)
                    .containsOnly(Decision.COMPUTE);
            transformer.disableCache();
            transformer.resetCache();
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policiesWithThreshold")
    void thresholdZeroIsNoCacheToTheBitUnderOptimizationsToo(PolicySettings policy, String model) {
        CachedTransformer transformer = open(model, SessionSettings.cpu());
        List<byte[]> expected = run(transformer, Inputs.CHANGING);
        transformer.enableCache(policy.thresholdZero().orElseThrow());
        assertThat(run(transformer, Inputs.CHANGING)).containsExactlyElementsOf(expected);
    }

    /** Also shows that a residual is added exactly once: nothing changes, so what is reused is what would be computed. */
    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void whenNothingChangesReuseGivesWhatComputingGives(PolicySettings policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        float[] expected = floats(run(transformer, Inputs.CONSTANT).get(0));
        transformer.resetCache();
        transformer.enableCache(policy.active());
        for (byte[] output : run(transformer, Inputs.CONSTANT)) {
            assertThat(relativeError(expected, floats(output))).isLessThan(1e-4);
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void contextsDoNotLeakIntoEachOther(PolicySettings policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        transformer.enableCache(policy.active());
        List<byte[]> alone = run(transformer, Inputs.CHANGING);
        transformer.resetCache();
        List<byte[]> beside = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            try (CacheContext cond = transformer.cacheContext("cond")) {
                beside.add(run(transformer, i, Inputs.CHANGING, 2));
                assertThat(cond.name()).isEqualTo("cond");
            }
            try (CacheContext uncond = transformer.cacheContext("uncond")) {
                run(transformer, i, Inputs.OTHER, 2);
                assertThat(uncond.name()).isEqualTo("uncond");
            }
        }
        assertThat(beside).containsExactlyElementsOf(alone);
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void aResetBeginsAnew(PolicySettings policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        transformer.enableCache(policy.active());
        List<byte[]> first = run(transformer, Inputs.CHANGING);
        transformer.resetCache();
        assertThat(run(transformer, Inputs.CHANGING)).containsExactlyElementsOf(first);
        // Forgotten: noticed by the step index, with the same result.
        assertThat(run(transformer, Inputs.CHANGING)).containsExactlyElementsOf(first);
        assertThat(transformer.trace().get(STEPS).reset()).isNotNull();
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policiesOfDynamicBatch")
    void anotherBatchIsComputed(PolicySettings policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        byte[] expected = run(transformer, 4, Inputs.OTHER, 4);
        transformer.resetCache();
        transformer.enableCache(policy.active());
        for (int i = 0; i < 4; i++) {
            run(transformer, i, Inputs.CHANGING, 2);
        }
        assertThat(run(transformer, 4, Inputs.OTHER, 4)).isEqualTo(expected);
        Reason reset = transformer.trace().get(4).reset();
        assertThat(reset).isNotNull();
        assertThat(reset.code()).isEqualTo("SHAPE_CHANGED");
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void disablingRestoresEveryBit(PolicySettings policy, String model) {
        CachedTransformer transformer = open(model, SessionSettings.cpu());
        List<byte[]> expected = run(transformer, Inputs.CHANGING);
        transformer.enableCache(policy.active());
        run(transformer, Inputs.CHANGING);
        transformer.disableCache();
        assertThat(run(transformer, Inputs.CHANGING)).containsExactlyElementsOf(expected);
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void whatWasDecidedIsWhatRan(PolicySettings policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        transformer.enableCache(policy.active());
        run(transformer, Inputs.CHANGING);
        assertThat(transformer.trace()).hasSize(STEPS);
        if (policy.acts()) {
            assertThat(transformer.trace())
                    .flatExtracting(StepTrace::decisions)
                    .extracting(TracedDecision::decision)
                    .containsAnyOf(Decision.REUSE, Decision.PREDICT);
            assertThat(transformer.summary().computedShare()).isLessThan(1);
        }
        for (StepTrace step : transformer.trace()) {
            for (TracedDecision decision : step.decisions()) {
                assertThat(decision.reason().code()).as(step.toString()).isNotEmpty();
                check(transformer, step, decision);
            }
            assertThat(step.decisions()).extracting(TracedDecision::subject).doesNotHaveDuplicates();
        }
    }

    private static void check(CachedTransformer transformer, StepTrace step, TracedDecision decision) {
        boolean computed = decision.decision() == Decision.COMPUTE;
        Optional<Module> module = transformer.manifest().module(decision.subject());
        if (module.isPresent()) {
            assertThat(step.ran(module.get()) && !computed)
                    .as(decision + " in " + step)
                    .isFalse();
        } else if (Subject.MODEL.is(decision.subject())) {
            assertThat(step.segmentsRun().isEmpty()).as(step.toString()).isEqualTo(!computed);
        } else if (Subject.BLOCKS.is(decision.subject())) {
            BlockChain chain = transformer.manifest().chain();
            // In a UNet the deepest block.
            String last = chain == null ? "mid_block" : chain.last().path();
            assertThat(step.ran(transformer.manifest().module(last).orElseThrow()))
                    .as(step.toString())
                    .isEqualTo(computed);
        } else {
            assertThat(Subject.UNCONDITIONAL_BRANCH.is(decision.subject()))
                    .as(decision.toString())
                    .isTrue();
            assertThat(step.computedShare() > 0.5).as(step.toString()).isEqualTo(computed);
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void withoutRoomNothingFails(PolicySettings policy, String model) {
        CachedTransformer transformer = open(model, EXACT.withCacheBudget(64));
        List<byte[]> expected = run(transformer, Inputs.CHANGING);
        transformer.resetCache();
        transformer.enableCache(policy.active());
        assertThat(run(transformer, Inputs.CHANGING)).containsExactlyElementsOf(expected);
        assertThat(transformer.summary().peakCacheBytes()).isLessThanOrEqualTo(64);
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void noTwoOfTheSameKindRunTogetherUnlessTheyProvideNothing(PolicySettings policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        transformer.enableCache(policy.active());
        transformer.disableCache();
        if (policy.acts()) {
            assertThatThrownBy(() -> transformer.enableCache(policy.active(), policy.active()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("both provide");
        }
    }

    /** Inputs of a generation. */
    enum Inputs {
        /** The latents change little by little, the timestep falls. */
        CHANGING(1, true),
        /** As {@link #CHANGING}, with other values. */
        OTHER(2, true),
        /** Every step has the same. */
        CONSTANT(3, false);

        private final long seed;
        private final boolean changes;

        Inputs(long seed, boolean changes) {
            this.seed = seed;
            this.changes = changes;
        }

        Map<String, OnnxTensor> at(int step, CachedTransformer transformer, long batch) {
            return TestTensors.denoising(transformer.manifest(), seed, changes ? step : 0, STEPS, batch);
        }
    }

    CachedTransformer open(String model, SessionSettings settings) {
        Path bundle = BUNDLES.computeIfAbsent(model, name -> {
            String[] parts = name.split("/", 2);
            Path models = parts[0].equals("controlnet") ? TestModels.unet(parts[0]) : TestModels.golden(parts[0]);
            return TestBundles.cut(models.resolve(parts[1] + ".onnx"), folder);
        });
        CachedTransformer transformer = CachedTransformer.open(bundle, settings);
        open.add(transformer);
        return transformer;
    }

    static List<byte[]> run(CachedTransformer transformer, Inputs inputs) {
        List<byte[]> outputs = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            outputs.add(run(transformer, i, inputs, 2));
        }
        return outputs;
    }

    private static byte[] run(CachedTransformer transformer, int step, Inputs inputs, long batch) {
        Map<String, OnnxTensor> tensors = inputs.at(step, transformer, batch);
        try {
            return TestTensors.take(transformer.run(Step.at(step, STEPS), tensors));
        } finally {
            TestTensors.close(tensors);
        }
    }

    private static float[] floats(byte[] bytes) {
        float[] floats = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).asFloatBuffer().get(floats);
        return floats;
    }

    private static double relativeError(float[] expected, float[] found) {
        double largest = 0;
        double error = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            error = Math.max(error, Math.abs(expected[i] - found[i]));
        }
        return error / largest;
    }
}
