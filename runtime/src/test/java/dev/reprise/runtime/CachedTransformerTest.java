package dev.reprise.runtime;

import static dev.reprise.runtime.TinyModelFixture.LATENTS;
import static dev.reprise.runtime.TinyModelFixture.TEXT;
import static dev.reprise.runtime.TinyModelFixture.expected;
import static dev.reprise.runtime.TinyModelFixture.last;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.runtime.api.InvalidInputException;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.TracedDecision;
import java.io.IOException;
import java.nio.file.Files;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CachedTransformerTest {
    @RegisterExtension
    final TinyModelFixture tiny = new TinyModelFixture();

    /** Reuses the output of the first attention on odd steps. */
    private static TestPolicy attentionOnOddSteps() {
        return new TestPolicy(
                "odd",
                Set.of("attn1"),
                step -> {
                    Tensor kept = step.cache().get("attn1");
                    if (step.index() % 2 == 1 && kept != null) {
                        step.provide("attn1", kept);
                        step.decide("blocks.0.attn", Decision.REUSE, Reason.INTERVAL);
                    } else {
                        step.observe("attn1");
                        step.decide(
                                "blocks.0.attn", Decision.COMPUTE, kept == null ? Reason.FIRST_STEP : Reason.INTERVAL);
                    }
                },
                step -> {
                    Tensor computed = step.computed("attn1");
                    if (computed != null) {
                        step.cache().put("attn1", computed);
                    }
                });
    }

    /** Returns the first output for ever. */
    private static TestPolicy firstOutputForEver() {
        return new TestPolicy(
                "for_ever",
                Set.of("sample"),
                step -> {
                    Tensor kept = step.cache().get("sample");
                    if (kept != null) {
                        step.provide("sample", kept);
                        step.decide(Subject.MODEL, Decision.REUSE, Reason.INTERVAL);
                    } else {
                        step.decide(Subject.MODEL, Decision.COMPUTE, Reason.FIRST_STEP);
                    }
                },
                step -> step.cache().put("sample", step.output("sample")));
    }

    @Test
    void runsAsTheUnsplitModelDoes() {
        CachedTransformer cut = tiny.open();
        try (OriginalModel original = OriginalModel.open(tiny.folder().resolve("model.onnx"), SessionSettings.cpu())) {
            Map<String, OnnxTensor> inputs = tiny.inputs(8);
            assertThat(tiny.run(cut, Step.at(0), inputs)).isEqualTo(expected(8));
            assertThat(TestTensors.take(original.run(Step.at(0), inputs)))
                    .isEqualTo(TestTensors.take(cut.run(Step.at(0), inputs)));
            assertThat(original.inputs()).extracting("name").containsExactly("latents", "timestep", "text");
        }
    }

    @Test
    void whatOnlyAProvidedTensorNeedsDoesNotRun() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withoutExactCaching());
        transformer.enableCache(attentionOnOddSteps());
        assertThat(tiny.run(transformer, 0, 8)).isEqualTo(expected(8));
        assertThat(last(transformer).segmentsRun().cardinality()).isEqualTo(TinyModel.SEGMENTS);
        assertThat(tiny.run(transformer, 1, 6)).isNotEqualTo(expected(6));
        StepTrace trace = last(transformer);
        assertThat(trace.segmentsRun().get(3)).isFalse();
        assertThat(trace.segmentsRun().cardinality()).isEqualTo(TinyModel.SEGMENTS - 1);
        assertThat(trace.multiplyAdds()).isEqualTo((TinyModel.SEGMENTS - 1) * TinyModel.MULTIPLY_ADDS);
        assertThat(trace.totalMultiplyAdds()).isEqualTo(TinyModel.SEGMENTS * TinyModel.MULTIPLY_ADDS);
        assertThat(trace.decisions())
                .containsExactly(new TracedDecision("blocks.0.attn", Decision.REUSE, Reason.INTERVAL));
        assertThat(trace.ran(transformer.manifest().module("blocks.0.attn").orElseThrow()))
                .isFalse();
        assertThat(trace.ran(transformer.manifest().module("blocks.0").orElseThrow()))
                .isTrue();
        assertThat(trace.cacheBytes()).isEqualTo(4 * Float.BYTES);
    }

    @Test
    void anOutputThatIsKeptIsHandedOutAsACopy() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(firstOutputForEver());
        for (int i = 0; i < 3; i++) {
            try (Outputs outputs = transformer.run(Step.at(i), tiny.inputs(8 - i))) {
                OnnxTensor sample = outputs.get("sample");
                assertThat(sample.getFloatBuffer().array()).isEqualTo(expected(8));
                sample.close();
            }
        }
        assertThat(last(transformer).segmentsRun().isEmpty()).isTrue();
    }

    @Test
    void anInputThatIsKeptIsCopied() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(TestPolicy.before(Set.of("sample"), step -> {
            Tensor kept = step.cache().get("latents");
            if (kept != null) {
                step.provide("sample", kept);
            }
            step.cache().put("latents", step.input("latents"));
        }));
        Map<String, OnnxTensor> first = tiny.inputs(8);
        tiny.run(transformer, Step.at(0), first);
        first.values().forEach(OnnxTensor::close);
        assertThat(tiny.run(transformer, Step.at(1), tiny.inputs(new float[] {9, 9, 9, 9}, 7, TEXT)))
                .isEqualTo(LATENTS);
    }

    @Test
    void contextsRememberForThemselvesAndNest() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(firstOutputForEver());
        try (CacheContext cond = transformer.cacheContext("cond")) {
            assertThat(tiny.run(transformer, 0, 8)).isEqualTo(expected(8));
            try (CacheContext uncond = transformer.cacheContext("uncond")) {
                assertThat(tiny.run(transformer, 0, 6)).isEqualTo(expected(6));
                assertThat(uncond.name()).isEqualTo("uncond");
            }
            assertThat(tiny.run(transformer, 1, 4)).isEqualTo(expected(8));
            assertThat(last(transformer).context()).isEqualTo(cond.name());
        }
        assertThat(tiny.run(transformer, 0, 2)).isEqualTo(expected(2));
        assertThat(last(transformer).context()).isEqualTo("default");
        assertThat(transformer.summary().stepsByContext()).isEqualTo(Map.of("cond", 2L, "uncond", 1L, "default", 1L));
    }

    @Test
    void contextsCloseInTheOppositeOrder() {
        CachedTransformer transformer = tiny.open();
        CacheContext outer = transformer.cacheContext("outer");
        CacheContext inner = transformer.cacheContext("inner");
        assertThatThrownBy(outer::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("context 'outer' is closed while 'inner' is open: contexts close in the opposite order");
        inner.close();
    }

    @Test
    void enablingTwiceIsAnErrorAndDisablingGivesTheModelBack() {
        CachedTransformer transformer = tiny.open();
        assertThat(transformer.isCacheEnabled()).isFalse();
        transformer.enableCache(firstOutputForEver());
        assertThat(transformer.isCacheEnabled()).isTrue();
        assertThatThrownBy(() -> transformer.enableCache(attentionOnOddSteps()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("caching is already enabled with [for_ever]; call disableCache first");
        tiny.run(transformer, 0, 8);
        transformer.disableCache();
        assertThat(transformer.isCacheEnabled()).isFalse();
        assertThat(tiny.run(transformer, 1, 6)).isEqualTo(expected(6));
        assertThatThrownBy(() -> transformer.enableCache(firstOutputForEver(), firstOutputForEver()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("policies for_ever and for_ever cannot run together: both provide [sample]");
        assertThat(transformer.isCacheEnabled()).isFalse();
        transformer.enableCache(firstOutputForEver(), attentionOnOddSteps());
        assertThat(tiny.run(transformer, 2, 4)).isEqualTo(expected(4));
    }

    @Test
    void resetDropsEverything() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withoutSharedCache());
        transformer.enableCache(firstOutputForEver());
        tiny.run(transformer, 0, 8);
        assertThat(transformer.summary().cacheBytes()).isPositive();
        transformer.resetCache();
        assertThat(transformer.summary().cacheBytes()).isZero();
        assertThat(transformer.summary().steps()).isZero();
        assertThat(transformer.trace()).isEmpty();
        assertThat(transformer.liveTensors().count()).isZero();
        assertThat(tiny.run(transformer, 0, 6)).isEqualTo(expected(6));
    }

    @Test
    void aForgottenResetIsNoticed() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(firstOutputForEver());
        tiny.run(transformer, 0, 8);
        tiny.run(transformer, 1, 4);
        assertThat(tiny.run(transformer, 0, 6)).isEqualTo(expected(6));
        assertThat(last(transformer).reset()).isEqualTo(new Reason("NEW_GENERATION", "step 1→0"));
        tiny.run(transformer, 1, 4);
        assertThat(tiny.run(transformer, 2, 8)).isEqualTo(expected(8));
        assertThat(last(transformer).reset()).isEqualTo(new Reason("NEW_GENERATION", "timestep 4→8"));
        assertThat(transformer.summary().resets()).isEqualTo(Map.of("NEW_GENERATION", 2L));
        assertThat(transformer.summary().warnings())
                .hasSize(2)
                .first()
                .asString()
                .contains("without resetCache");
    }

    @Test
    void anotherBatchResetsTheContext() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(firstOutputForEver());
        tiny.run(transformer, 0, 8);
        float[] two = {1, 2, 3, 4, 5, 6, 7, 8};
        assertThat(tiny.run(transformer, Step.at(1), tiny.inputs(two, 6, TEXT)))
                .isEqualTo(TinyModel.expected(two, 6, TEXT));
        assertThat(last(transformer).reset()).isEqualTo(new Reason("SHAPE_CHANGED", "latents FLOAT[1, 4]→FLOAT[2, 4]"));
    }

    @Test
    void aStepThatReusedAndIsNotFiniteIsComputedAgain() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(new TestPolicy(
                "poison",
                Set.of("attn1"),
                step -> {
                    Tensor kept = step.cache().get("huge");
                    if (kept != null) {
                        step.provide("attn1", kept);
                    }
                },
                step -> step.cache().put("huge", infinite(step))));
        assertThat(tiny.run(transformer, 0, 8)).isEqualTo(expected(8));
        assertThat(tiny.run(transformer, 1, 6)).isEqualTo(expected(6));
        assertThat(last(transformer).reset()).isEqualTo(Reason.NON_FINITE);
        assertThat(transformer.trace()).hasSize(2);
    }

    private static Tensor infinite(DenoisingStep step) {
        Tensor huge = step.math().combine(java.util.List.of(1e38f), java.util.List.of(step.output("sample")));
        return step.math().add(huge, huge);
    }

    @Test
    void theCheckForFiniteOutputsCanBeTurnedOff() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withoutNonFiniteCheck());
        transformer.enableCache(new TestPolicy(
                "poison",
                Set.of("attn1"),
                step -> {
                    Tensor kept = step.cache().get("huge");
                    if (kept != null) {
                        step.provide("attn1", kept);
                    }
                },
                step -> step.cache().put("huge", infinite(step))));
        tiny.run(transformer, 0, 8);
        assertThat(tiny.run(transformer, 1, 6)[3]).isInfinite();
        assertThat(last(transformer).reset()).isNull();
    }

    @Test
    void theBudgetRefusesWhatDoesNotFit() {
        CachedTransformer transformer =
                tiny.open(SessionSettings.cpu().withoutExactCaching().withCacheBudget(4 * Float.BYTES));
        transformer.enableCache(new TestPolicy("greedy", Set.of(), step -> {}, step -> {
            Tensor sample = step.output("sample");
            assertThat(step.cache().put("one", sample)).isTrue();
            assertThat(step.cache().put("the same", sample)).isTrue();
            assertThat(step.cache().put("two", step.math().zerosLike(sample))).isFalse();
            assertThat(step.cache().overBudget("two")).isTrue();
            assertThat(step.cache().get("two")).isNull();
        }));
        tiny.run(transformer, 0, 8);
        assertThat(transformer.summary().cacheBytes()).isEqualTo(4 * Float.BYTES);
    }

    @Test
    void otherPoliciesDecideBeforeOneProbes() {
        CachedTransformer transformer = tiny.open();
        TestPolicy probe = new TestPolicy("probe", Set.of("h2"), step -> step.pull("h1"), step -> {
                    assertThat(step.computed("h1")).isNotNull();
                    assertThat(step.pull("h1").shape()).containsExactly(1, 4);
                })
                .watching("h1");
        transformer.enableCache(probe, attentionOnOddSteps());
        tiny.run(transformer, 0, 8);
        tiny.run(transformer, 1, 6);
        assertThat(last(transformer).segmentsRun().get(3)).isFalse();
    }

    @Test
    void aPolicySeesOnlyTensorsThatItDeclared() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withSeparateSegments());
        String message = "policy test asks for 'h2', which is not among the tensors it declared to watch";
        assertRefuses(transformer, step -> step.pull("h2"), message);
        assertRefuses(transformer, step -> step.observe("h2"), message);
        assertRefuses(transformer, step -> step.computed("h2"), message);
        assertThatThrownBy(() -> transformer.enableCache(
                        TestPolicy.before(Set.of("attn1"), step -> {}).watching("nothing")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("policy test names [nothing], which this bundle does not have");
    }

    @Test
    void aTensorThatOnlyThePolicyWantsIsProvidedForNobody() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withSeparateSegments());
        transformer.enableCache(TestPolicy.before(Set.of("h2", "attn1", "attn2"), step -> {
                    Tensor zeros = step.math().zerosLike(step.input("latents"));
                    step.provide("attn1", zeros);
                    step.provide("attn2", zeros);
                    step.provide("h2", step.pull("h1"));
                })
                .watching("h1"));
        assertThat(tiny.run(transformer, 0, 8)).containsExactly(10, 12, 14, 16);
        assertThat(last(transformer).segmentsRun()).isEqualTo(BitSet.valueOf(new long[] {0b1001_0101}));
    }

    @Test
    void aPolicyMayOnlyDoWhatItsTurnAllows() {
        CachedTransformer transformer = tiny.open();
        assertRefuses(transformer, step -> step.provide("attn2", step.input("latents")), "did not declare|not among");
        assertRefuses(
                transformer,
                step -> {
                    step.pull("h1");
                    step.provide("attn1", step.input("latents"));
                },
                "'attn1' is provided after it was computed in this step");
        assertRefuses(
                transformer,
                step -> {
                    step.pull("x");
                    step.replaceInput("latents", step.input("latents"));
                },
                "input 'latents' is replaced after a tensor of this step was pulled");
        assertRefuses(transformer, step -> step.output("sample"), "output belongs after the outputs were computed");
        assertRefuses(transformer, step -> step.pull("nothing"), "asks for 'nothing', which is not among the tensors");
        assertRefuses(transformer, step -> step.input("h1"), "'h1' is not a model input");
    }

    private void assertRefuses(
            CachedTransformer transformer, java.util.function.Consumer<DenoisingStep> before, String message) {
        transformer.enableCache(TestPolicy.before(Set.of("attn1"), before).watching("h1", "x"));
        assertThatThrownBy(() -> tiny.run(transformer, 0, 8)).message().containsPattern(message);
        transformer.disableCache();
        assertThat(tiny.run(transformer, 0, 8)).isEqualTo(expected(8));
    }

    @Test
    void halfABatchRunsAndIsPutTogetherAgain() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(new TestPolicy(
                "half",
                Set.of(),
                step -> step.replaceInput("latents", step.math().secondHalf(step.input("latents"))),
                step -> step.replaceOutput(
                        "sample", step.math().concatBatch(step.output("sample"), step.output("sample")))));
        float[] two = {1, 2, 3, 4, 5, 6, 7, 8};
        float[] half = TinyModel.expected(new float[] {5, 6, 7, 8}, 8, TEXT);
        assertThat(tiny.run(transformer, Step.at(0), tiny.inputs(two, 8, TEXT)))
                .containsExactly(half[0], half[1], half[2], half[3], half[0], half[1], half[2], half[3]);
        assertThat(last(transformer).computedShare()).isEqualTo(0.5);
    }

    @Test
    void inputsAreCheckedBeforeAnythingRuns() {
        CachedTransformer transformer = tiny.open();
        Map<String, OnnxTensor> inputs = new HashMap<>(tiny.inputs(8));
        OnnxTensor latents = inputs.remove("latents");
        assertInvalid(
                transformer,
                inputs,
                "input 'latents' is missing; the model expects latents FLOAT[batch, 4], timestep FLOAT[1], text FLOAT[2, 4]");
        inputs.put("latens", latents);
        assertInvalid(
                transformer,
                inputs,
                "input 'latents' is missing, found 'latens'; the model expects latents FLOAT[batch, 4], timestep FLOAT[1], text FLOAT[2, 4]");
        inputs.remove("latens");
        inputs.put("latents", tiny.tensor(new long[] {4}, LATENTS));
        assertInvalid(transformer, inputs, "input 'latents' must be FLOAT[batch, 4], found FLOAT[4]");
        inputs.put("latents", tiny.tensor(new long[] {2, 2}, LATENTS));
        assertInvalid(transformer, inputs, "input 'latents' must be FLOAT[batch, 4], found FLOAT[2, 2]");
        inputs.put("latents", TestTensors.longs(1));
        assertInvalid(transformer, inputs, "input 'latents' must be FLOAT[batch, 4], found INT64[1]");
        inputs.get("latents").close();
        assertInvalid(transformer, inputs, "input 'latents' is a closed tensor");
        inputs.put("latents", latents);
        inputs.put("mask", latents);
        assertInvalid(
                transformer,
                inputs,
                "input 'mask' is unknown; the model expects latents FLOAT[batch, 4], timestep FLOAT[1], text FLOAT[2, 4]");
        inputs.remove("mask");
        assertThat(tiny.run(transformer, Step.at(0), inputs)).isEqualTo(expected(8));
    }

    private static void assertInvalid(CachedTransformer transformer, Map<String, OnnxTensor> inputs, String message) {
        assertThatThrownBy(() -> transformer.run(Step.at(0), inputs))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(message);
    }

    @Test
    void aPolicyThatFailsLeavesNothingBehind() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(new TestPolicy(
                        "failing",
                        Set.of(),
                        step -> {
                            step.math().zerosLike(step.pull("h1"));
                            step.cache().put("h1", step.pull("h1"));
                        },
                        step -> {
                            if (step.index() == 1) {
                                throw new IllegalStateException("failed");
                            }
                        })
                .watching("h1"));
        tiny.run(transformer, 0, 8);
        long before = transformer.summary().cacheBytes();
        assertThatThrownBy(() -> tiny.run(transformer, 1, 6)).hasMessage("failed");
        assertThat(transformer.summary().cacheBytes()).isLessThan(before);
        assertThat(tiny.run(transformer, 2, 4)).isEqualTo(expected(4));
    }

    @Test
    void generationsShareSessionsAndNothingElse() throws ExecutionException, InterruptedException {
        CachedTransformer first = tiny.open();
        CachedTransformer second = tiny.closeAfterwards(first.newGeneration());
        first.enableCache(attentionOnOddSteps());
        second.enableCache(attentionOnOddSteps());
        float[][] sequential = new float[200][];
        for (int i = 0; i < sequential.length; i++) {
            sequential[i] = tiny.run(first, i, 1000 - i);
        }
        first.resetCache();
        Map<String, OnnxTensor>[] inputs = stepInputs(sequential.length);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<float[][]> one = threads.submit(() -> runAll(first, inputs));
            Future<float[][]> two = threads.submit(() -> runAll(second, inputs));
            assertThat(one.get()).isDeepEqualTo(sequential);
            assertThat(two.get()).isDeepEqualTo(sequential);
        } finally {
            threads.shutdown();
        }
        first.close();
        assertThat(tiny.run(second, 0, 8)).isEqualTo(expected(8));
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private Map<String, OnnxTensor>[] stepInputs(int count) {
        Map<String, OnnxTensor>[] inputs = new Map[count];
        for (int i = 0; i < count; i++) {
            inputs[i] = tiny.inputs(1000 - i);
        }
        return inputs;
    }

    private float[][] runAll(CachedTransformer transformer, Map<String, OnnxTensor>[] inputs) {
        float[][] samples = new float[inputs.length][];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = tiny.run(transformer, Step.at(i), inputs[i]);
        }
        return samples;
    }

    @Test
    void oneGenerationIsOneThreadsAtATime() throws InterruptedException, ExecutionException {
        CachedTransformer transformer = tiny.open();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        transformer.enableCache(TestPolicy.before(Set.of(), step -> {
            inside.countDown();
            try {
                leave.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        Map<String, OnnxTensor> inputs = tiny.inputs(8);
        ExecutorService thread = Executors.newSingleThreadExecutor(action -> new Thread(action, "other"));
        try {
            Future<float[]> running = thread.submit(() -> tiny.run(transformer, Step.at(0), inputs));
            inside.await();
            assertThatThrownBy(() -> transformer.run(Step.at(0), inputs))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("in use by thread other")
                    .hasMessageContaining("newGeneration()");
            assertThatThrownBy(transformer::close).hasMessageContaining("in use by thread other");
            leave.countDown();
            assertThat(running.get()).isEqualTo(expected(8));
        } finally {
            leave.countDown();
            thread.shutdown();
        }
    }

    @Test
    void nothingRunsAfterClose() {
        CachedTransformer transformer = tiny.open();
        Map<String, OnnxTensor> inputs = tiny.inputs(8);
        Outputs outputs = transformer.run(Step.at(0), inputs);
        transformer.close();
        transformer.close();
        assertThatThrownBy(() -> transformer.run(Step.at(0), inputs))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("this transformer is closed");
        assertThatThrownBy(transformer::newGeneration).isInstanceOf(IllegalStateException.class);
        // What was handed out is the caller's.
        assertThat(outputs.first().getFloatBuffer().array()).isEqualTo(expected(8));
        outputs.close();
        outputs.close();
    }

    @Test
    void aDamagedBundleIsRefusedWithoutLeftovers() throws IOException {
        TinyModel model = TinyModel.write(Files.createDirectory(tiny.folder().resolve("damaged")));
        Files.writeString(model.bundle().resolve("s5.onnx"), "no model");
        assertThatThrownBy(() -> CachedTransformer.open(model.bundle(), SessionSettings.cpu()))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("s5.onnx");
        Files.write(model.bundle().resolveSibling("weights.bin"), new byte[3]);
        assertThatThrownBy(() -> CachedTransformer.open(model.bundle(), SessionSettings.cpu()))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("weights.bin");
    }

    @Test
    void fewStepsAreWarnedAboutOnce() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(attentionOnOddSteps());
        for (int i = 0; i < 4; i++) {
            tiny.run(transformer, Step.at(i, 4), tiny.inputs(8 - i));
        }
        assertThat(transformer.summary().warnings())
                .containsExactly("caching rarely pays below 8 denoising steps, this generation has 4");
        assertThat(transformer.summary().toString()).startsWith("4 steps in ").contains("warning: caching rarely");
    }

    @Test
    void theTraceIsBoundedAndTheSummaryCountsAll() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withTraceLength(2));
        transformer.enableCache(attentionOnOddSteps());
        for (int i = 0; i < 5; i++) {
            tiny.run(transformer, i, 100 - i);
        }
        assertThat(transformer.trace()).extracting(StepTrace::step).containsExactly(3, 4);
        assertThat(transformer.summary().steps()).isEqualTo(5);
        assertThat(transformer.summary().decisions()).isEqualTo(Map.of(Decision.COMPUTE, 3L, Decision.REUSE, 2L));
        assertThat(transformer.summary().reasons()).isEqualTo(Map.of("FIRST_STEP", 1L, "INTERVAL", 4L));
        assertThat(last(transformer).toString()).startsWith("step 4 (t=96) default: ");
    }
}
