package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.bundle.Module;
import dev.reprise.ort.SessionSettings;
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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every policy of the catalogue, on models of several architectures. New policies are found by themselves. */
class PolicyContractTest {
    private static final int STEPS = 10;
    private static final SessionSettings EXACT = SessionSettings.cpu().withoutOptimizations();
    private static final Map<String, Path> BUNDLES = new HashMap<>();

    @TempDir
    private static Path folder;

    private final List<CachedTransformer> open = new ArrayList<>();

    static Stream<Arguments> policies() {
        return Stream.of("pixart/torchscript_dynamic", "dit/dynamo_dynamic", "flux/dynamo")
                .flatMap(model -> PolicyCatalogue.all().stream().map(type -> Arguments.of(type.id(), model)));
    }

    @AfterEach
    void nothingIsLeft() {
        for (CachedTransformer transformer : open) {
            transformer.close();
            assertThat(transformer.liveTensors().count()).as("live tensors").isZero();
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void settingsThatComputeEverythingAreAsIfThereWasNoPolicy(String policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        List<byte[]> expected = run(transformer, Inputs.CHANGING);
        for (CachePolicy computing : PolicySettings.computing(PolicyCatalogue.type(policy))) {
            enable(transformer, computing);
            assertThat(run(transformer, Inputs.CHANGING)).as(policy).containsExactlyElementsOf(expected);
            assertThat(transformer.trace())
                    .flatExtracting(StepTrace::decisions)
                    .extracting(TracedDecision::decision)
                    .containsOnly(Decision.COMPUTE);
            transformer.disableCache();
            transformer.resetCache();
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void thresholdZeroIsNoCacheToTheBitUnderOptimizationsToo(String policy, String model) {
        CachePolicy zero =
                PolicySettings.thresholdZero(PolicyCatalogue.type(policy)).orElse(null);
        assumeTrue(zero != null, "no threshold");
        CachedTransformer transformer = open(model, SessionSettings.cpu());
        List<byte[]> expected = run(transformer, Inputs.CHANGING);
        enable(transformer, zero);
        assertThat(run(transformer, Inputs.CHANGING)).containsExactlyElementsOf(expected);
    }

    /** Also shows that a residual is added exactly once: nothing changes, so what is reused is what would be computed. */
    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void whenNothingChangesReuseGivesWhatComputingGives(String policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        float[] expected = floats(run(transformer, Inputs.CONSTANT).get(0));
        transformer.resetCache();
        enable(transformer, PolicySettings.active(PolicyCatalogue.type(policy)));
        for (byte[] output : run(transformer, Inputs.CONSTANT)) {
            assertThat(relativeError(expected, floats(output))).isLessThan(1e-4);
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void contextsDoNotLeakIntoEachOther(String policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        enable(transformer, PolicySettings.active(PolicyCatalogue.type(policy)));
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
    void aResetBeginsAnew(String policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        enable(transformer, PolicySettings.active(PolicyCatalogue.type(policy)));
        List<byte[]> first = run(transformer, Inputs.CHANGING);
        transformer.resetCache();
        assertThat(run(transformer, Inputs.CHANGING)).containsExactlyElementsOf(first);
        // Forgotten: noticed by the step index, with the same result.
        assertThat(run(transformer, Inputs.CHANGING)).containsExactlyElementsOf(first);
        assertThat(transformer.trace().get(STEPS).reset()).isNotNull();
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void anotherBatchIsComputed(String policy, String model) {
        assumeTrue(model.endsWith("_dynamic"), "the batch is fixed");
        CachedTransformer transformer = open(model, EXACT);
        byte[] expected = run(transformer, 4, Inputs.OTHER, 4);
        transformer.resetCache();
        enable(transformer, PolicySettings.active(PolicyCatalogue.type(policy)));
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
    void disablingRestoresEveryBit(String policy, String model) {
        CachedTransformer transformer = open(model, SessionSettings.cpu());
        List<byte[]> expected = run(transformer, Inputs.CHANGING);
        enable(transformer, PolicySettings.active(PolicyCatalogue.type(policy)));
        run(transformer, Inputs.CHANGING);
        transformer.disableCache();
        assertThat(run(transformer, Inputs.CHANGING)).containsExactlyElementsOf(expected);
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void whatWasDecidedIsWhatRan(String policy, String model) {
        CachedTransformer transformer = open(model, EXACT);
        enable(transformer, PolicySettings.active(PolicyCatalogue.type(policy)));
        run(transformer, Inputs.CHANGING);
        assertThat(transformer.trace()).hasSize(STEPS);
        if (PolicySettings.acts(PolicyCatalogue.type(policy))) {
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
            String last = transformer.manifest().chain().last().path();
            assertThat(step.ran(transformer.manifest().module(last).orElseThrow()))
                    .as(step.toString())
                    .isEqualTo(computed);
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void withoutRoomNothingFails(String policy, String model) {
        CachedTransformer transformer = open(model, EXACT.withCacheBudget(64));
        List<byte[]> expected = run(transformer, Inputs.CHANGING);
        transformer.resetCache();
        enable(transformer, PolicySettings.active(PolicyCatalogue.type(policy)));
        assertThat(run(transformer, Inputs.CHANGING)).containsExactlyElementsOf(expected);
        assertThat(transformer.summary().peakCacheBytes()).isLessThanOrEqualTo(64);
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("policies")
    void noTwoOfTheSameKindRunTogetherUnlessTheyProvideNothing(String policy, String model) {
        PolicyType type = PolicyCatalogue.type(policy);
        CachedTransformer transformer = open(model, EXACT);
        enable(transformer, PolicySettings.active(type));
        transformer.disableCache();
        if (PolicySettings.acts(type)) {
            assertThatThrownBy(() -> transformer.enableCache(PolicySettings.active(type), PolicySettings.active(type)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("both provide");
        }
    }

    /** Inputs of a generation. */
    private enum Inputs {
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

    private CachedTransformer open(String model, SessionSettings settings) {
        Path bundle = BUNDLES.computeIfAbsent(model, name -> {
            String[] parts = name.split("/", 2);
            return TestBundles.cut(TestModels.golden(parts[0]).resolve(parts[1] + ".onnx"), folder);
        });
        CachedTransformer transformer = CachedTransformer.open(bundle, settings);
        open.add(transformer);
        return transformer;
    }

    private static void enable(CachedTransformer transformer, CachePolicy policy) {
        try {
            transformer.enableCache(policy);
        } catch (UnsupportedPolicyException e) {
            assumeSupported(e);
        }
    }

    private static byte[] assumeSupported(UnsupportedPolicyException e) {
        assumeTrue(false, e.getMessage());
        return new byte[0];
    }

    private static List<byte[]> run(CachedTransformer transformer, Inputs inputs) {
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
        } catch (UnsupportedPolicyException e) {
            return assumeSupported(e);
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
