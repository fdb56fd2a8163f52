package dev.reprise.runtime;

import static dev.reprise.runtime.TinyModelFixture.LATENTS;
import static dev.reprise.runtime.TinyModelFixture.TEXT;
import static dev.reprise.runtime.TinyModelFixture.last;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What one generation computed of the prompt or the timestep alone, in another one with the same. */
class SharedCacheTest {
    private static final int TEMB = 0;
    private static final int CONTEXT = 1;
    /** Each of these results is one float. */
    private static final long RESULT = Float.BYTES;

    @RegisterExtension
    final TinyModelFixture tiny = new TinyModelFixture();

    private static BitSet bits(int... bits) {
        BitSet set = new BitSet();
        for (int bit : bits) {
            set.set(bit);
        }
        return set;
    }

    private static float[] text(float first) {
        float[] text = TEXT.clone();
        text[0] = first;
        return text;
    }

    private CachedTransformer another(CachedTransformer transformer) {
        return tiny.closeAfterwards(transformer.newGeneration());
    }

    /** Runs a step, and says which results were shared. */
    private BitSet shared(CachedTransformer transformer, int step, float timestep, float[] text) {
        assertThat(tiny.run(transformer, Step.at(step), tiny.inputs(LATENTS, timestep, text)))
                .isEqualTo(TinyModel.expected(LATENTS, timestep, text));
        assertThat(last(transformer).segmentsKept().stream().boxed())
                .containsAll(last(transformer).segmentsShared().stream().boxed().toList());
        return last(transformer).segmentsShared();
    }

    @Test
    void theSecondGenerationComputesNeitherThePromptNorTheSchedule() {
        CachedTransformer first = tiny.open();
        CachedTransformer second = another(first);
        for (int step = 0; step < 3; step++) {
            assertThat(shared(first, step, 8 - step, TEXT)).isEqualTo(bits());
        }
        for (int step = 0; step < 3; step++) {
            assertThat(shared(second, step, 8 - step, TEXT)).isEqualTo(step == 0 ? bits(TEMB, CONTEXT) : bits(TEMB));
            assertThat(last(second).segmentsKept()).isEqualTo(bits(TEMB, CONTEXT));
        }
        assertThat(second.summary().segmentsShared()).isEqualTo(4);
        assertThat(second.summary().sharedCacheBytes()).isEqualTo(4 * RESULT);
        assertThat(second.summary().toString()).contains("4 runs of segments saved by the shared cache");
        assertThat(shared(second, 3, 5, text(2))).isEqualTo(bits());
    }

    @Test
    void aResetKeepsIt() {
        CachedTransformer transformer = tiny.open();
        shared(transformer, 0, 8, TEXT);
        transformer.resetCache();
        assertThat(transformer.summary().cacheBytes()).isZero();
        assertThat(shared(transformer, 0, 8, TEXT)).isEqualTo(bits(TEMB, CONTEXT));
    }

    @Test
    void otherPoliciesCutOtherwiseAndStillFindStagesOfTheSameSegments() {
        CachedTransformer first = tiny.open();
        CachedTransformer second = another(first);
        shared(first, 0, 8, TEXT);
        second.enableCache(TestPolicy.before(Set.of("attn1"), step -> {}));
        assertThat(shared(second, 0, 8, TEXT)).isEqualTo(bits(TEMB, CONTEXT));
    }

    @Test
    void overwritingABufferInPlaceBetweenStepsAndGenerationsIsNoticed() throws OrtException {
        CachedTransformer first = tiny.open();
        CachedTransformer second = another(first);
        ByteBuffer buffer = ByteBuffer.allocateDirect(8 * Float.BYTES).order(ByteOrder.nativeOrder());
        try (OnnxTensor tensor = OnnxTensor.createTensor(
                TestTensors.environment(), buffer, TinyModelFixture.TEXT_SHAPE, OnnxJavaType.FLOAT)) {
            for (CachedTransformer generation : List.of(first, second, first)) {
                generation.resetCache();
                for (int step = 0; step < 4; step++) {
                    float[] text = text(step % 2);
                    for (int i = 0; i < text.length; i++) {
                        buffer.putFloat(i * Float.BYTES, text[i]);
                    }
                    Map<String, OnnxTensor> inputs = new HashMap<>(tiny.inputs(8));
                    inputs.put("text", tensor);
                    assertThat(tiny.run(generation, Step.at(step), inputs))
                            .isEqualTo(TinyModel.expected(LATENTS, 8, text));
                }
            }
            assertThat(second.summary().segmentsShared()).isPositive();
        }
    }

    @Test
    void theBitsCountAndSoDoesTheShape() {
        CachedTransformer first = tiny.open();
        CachedTransformer second = another(first);
        shared(first, 0, 8, text(0f));
        assertThat(shared(second, 0, 8, text(-0f))).isEqualTo(bits(TEMB));
    }

    @Test
    void itCanBeTurnedOff() {
        CachedTransformer withoutShared = tiny.open(SessionSettings.cpu().withoutSharedCache());
        CachedTransformer second = another(withoutShared);
        for (CachedTransformer generation : List.of(withoutShared, second)) {
            assertThat(shared(generation, 0, 8, TEXT)).isEqualTo(bits());
            assertThat(shared(generation, 1, 8, TEXT)).isEqualTo(bits());
            assertThat(last(generation).segmentsKept()).isEqualTo(bits(TEMB, CONTEXT));
            assertThat(generation.summary().sharedCacheBytes()).isZero();
        }
    }

    @Test
    void anIsolatedGenerationTakesNothingAndLeavesNothing() {
        CachedTransformer first = tiny.open();
        CachedTransformer isolated = tiny.closeAfterwards(first.newIsolatedGeneration());
        assertThat(shared(isolated, 0, 8, TEXT)).isEqualTo(bits());
        assertThat(shared(first, 0, 8, TEXT)).isEqualTo(bits());
        isolated.resetCache();
        assertThat(shared(isolated, 0, 8, TEXT)).isEqualTo(bits());
    }

    @Test
    void aGenerationWithoutRoomForItsInputsSharesNothing() {
        CachedTransformer first = tiny.open(SessionSettings.cpu().withCacheBudget(0));
        shared(first, 0, 8, TEXT);
        assertThat(first.summary().sharedCacheBytes()).isZero();
        assertThat(shared(another(first), 0, 8, TEXT)).isEqualTo(bits());
    }

    @Test
    void whatWasUsedLongestAgoGoesFirst() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withSharedCacheBudget(3 * RESULT));
        for (float first : new float[] {1, 2, 3}) {
            shared(transformer, 0, 8, text(first));
            transformer.resetCache();
        }
        assertThat(transformer.summary().sharedCacheBytes()).isEqualTo(3 * RESULT);
        assertThat(shared(transformer, 0, 8, text(3))).isEqualTo(bits(TEMB, CONTEXT));
        transformer.resetCache();
        assertThat(shared(transformer, 0, 8, text(1))).isEqualTo(bits(TEMB));
    }

    @Test
    void aLaterStageIsFoundThoughAnEarlierOneWasDrivenOut() {
        // Here the text stands for the latents: temb and x, which reads it, are kept.
        int x = 2;
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withSharedCacheBudget(5 * RESULT), "text");
        shared(transformer, 0, 8, TEXT);
        transformer.resetCache();
        // Another timestep takes the place of temb; its x, of a batch of two, has no room at all.
        float[] two = {1, 2, 3, 4, 5, 6, 7, 8};
        tiny.run(transformer, Step.at(0), tiny.inputs(two, 9, TEXT));
        transformer.resetCache();
        assertThat(shared(transformer, 0, 8, TEXT)).isEqualTo(bits(x));
        assertThat(last(transformer).segmentsRun().get(TEMB)).isFalse();
    }

    @Test
    void aScheduleLongerThanTheLimitKeepsItsBeginning() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withSharedCacheBudget(3 * RESULT));
        for (int generation = 0; generation < 3; generation++) {
            for (int step = 0; step < 5; step++) {
                BitSet expected = generation == 0 || step > 1 ? bits() : step == 0 ? bits(TEMB, CONTEXT) : bits(TEMB);
                assertThat(shared(transformer, step, 8 - step, TEXT)).isEqualTo(expected);
            }
            transformer.resetCache();
        }
        // Another schedule takes its place.
        shared(transformer, 0, 20, TEXT);
        shared(transformer, 1, 19, TEXT);
        transformer.resetCache();
        assertThat(shared(transformer, 0, 20, TEXT)).isEqualTo(bits(TEMB, CONTEXT));
    }

    @Test
    void aForgottenResetBeginsAGenerationHereToo() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withSharedCacheBudget(2 * RESULT));
        shared(transformer, 0, 8, TEXT);
        shared(transformer, 1, 7, TEXT);
        shared(transformer, 0, 20, TEXT);
        shared(transformer, 1, 19, TEXT);
        assertThat(shared(transformer, 0, 20, TEXT)).isEqualTo(bits(TEMB));
    }

    @Test
    void whatARunningGenerationUsesStays() {
        CachedTransformer running = tiny.open(SessionSettings.cpu().withSharedCacheBudget(2 * RESULT));
        CachedTransformer others = another(running);
        shared(running, 0, 8, TEXT);
        for (int i = 0; i < 20; i++) {
            shared(others, 0, 20 + i, text(i + 2));
            others.resetCache();
        }
        assertThat(running.summary().sharedCacheBytes()).isEqualTo(2 * RESULT);
        assertThat(shared(others, 0, 8, TEXT)).isEqualTo(bits(TEMB, CONTEXT));
        // One that closes lets go; the other still has what it uses.
        others.close();
        shared(running, 1, 8, TEXT);
        assertThat(last(running).segmentsKept()).isEqualTo(bits(TEMB, CONTEXT));
    }

    @Test
    void nothingThatAPolicyGaveIsShared() {
        CachedTransformer first = tiny.open();
        first.enableCache(TestPolicy.before(
                Set.of("context"), step -> step.provide("context", step.math().zeros(ElementType.FLOAT, 1))));
        assertThat(tiny.run(first, 0, 8)).isEqualTo(TinyModel.expected(LATENTS, 8, new float[8]));
        assertThat(shared(another(first), 0, 8, TEXT)).isEqualTo(bits(TEMB));
    }

    @Test
    void inputsThatAPolicyReplacedAreKnownByContent() {
        CachedTransformer first = tiny.open();
        CachedTransformer second = another(first);
        float[] doubled = {2, 0, 0, 0, 0, 2, 0, 0};
        shared(first, 0, 8, doubled);
        second.enableCache(TestPolicy.before(Set.of(), step -> {
            Tensor text = step.input("text");
            step.replaceInput("text", step.math().add(text, text));
        }));
        assertThat(tiny.run(second, 0, 8)).isEqualTo(TinyModel.expected(LATENTS, 8, doubled));
        assertThat(last(second).segmentsShared()).isEqualTo(bits(TEMB, CONTEXT));
    }

    @Test
    void withoutKnownLatentsItBeginsWithTheSecondStep() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu(), null);
        for (int generation = 0; generation < 2; generation++) {
            for (int step = 0; step < 3; step++) {
                float[] latents = {step, 2, 3, 4};
                assertThat(tiny.run(transformer, Step.at(step), tiny.inputs(latents, 8 - step, TEXT)))
                        .isEqualTo(TinyModel.expected(latents, 8 - step, TEXT));
                assertThat(last(transformer).segmentsShared())
                        .isEqualTo(generation == 1 && step == 1 ? bits(CONTEXT) : bits());
            }
            transformer.resetCache();
        }
    }

    @Test
    void sixteenThatMissTogetherAreAllRight() throws InterruptedException, ExecutionException {
        CachedTransformer model = tiny.open(SessionSettings.cpu().withSharedCacheBudget(5 * RESULT));
        int generations = 16;
        CyclicBarrier together = new CyclicBarrier(generations);
        ExecutorService threads = Executors.newFixedThreadPool(generations);
        List<Callable<Long>> calls = new ArrayList<>();
        for (int i = 0; i < generations; i++) {
            int own = i;
            CachedTransformer generation = another(model);
            calls.add(() -> {
                for (int round = 0; round < 20; round++) {
                    together.await();
                    for (int step = 0; step < 3; step++) {
                        float[] text = text(own % 4 + round % 3);
                        try (OnnxTensor latents = TestTensors.floats(TinyModelFixture.LATENTS_SHAPE, LATENTS);
                                OnnxTensor timestep = TestTensors.floats(new long[] {1}, 8 - step);
                                OnnxTensor prompt = TestTensors.floats(TinyModelFixture.TEXT_SHAPE, text)) {
                            Map<String, OnnxTensor> inputs =
                                    Map.of("latents", latents, "timestep", timestep, "text", prompt);
                            assertThat(tiny.run(generation, Step.at(step), inputs))
                                    .isEqualTo(TinyModel.expected(LATENTS, 8 - step, text));
                        }
                    }
                    assertThat(generation.summary().sharedCacheBytes()).isLessThanOrEqualTo(5 * RESULT);
                    generation.resetCache();
                }
                return 0L;
            });
        }
        try {
            for (Future<Long> done : threads.invokeAll(calls)) {
                done.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void theLimitIsChecked() {
        assertThatThrownBy(() -> SessionSettings.cpu().withSharedCacheBudget(-1))
                .hasMessage("shared cache budget must be 0 bytes or more, was -1");
    }
}
