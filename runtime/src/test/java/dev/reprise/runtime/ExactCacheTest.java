package dev.reprise.runtime;

import static dev.reprise.runtime.TinyModelFixture.LATENTS;
import static dev.reprise.runtime.TinyModelFixture.TEXT;
import static dev.reprise.runtime.TinyModelFixture.expected;
import static dev.reprise.runtime.TinyModelFixture.last;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ExactCacheTest {
    private static final int TEMB = 0;
    private static final int CONTEXT = 1;

    @RegisterExtension
    final TinyModelFixture tiny = new TinyModelFixture();

    private static BitSet bits(int... bits) {
        BitSet set = new BitSet();
        for (int bit : bits) {
            set.set(bit);
        }
        return set;
    }

    @Test
    void whatCannotHaveChangedDoesNotRunAgain() {
        CachedTransformer transformer = tiny.open();
        assertThat(tiny.run(transformer, 0, 8)).isEqualTo(expected(8));
        assertThat(last(transformer).segmentsKept().isEmpty()).isTrue();
        assertThat(tiny.run(transformer, 1, 6)).isEqualTo(expected(6));
        assertThat(last(transformer).segmentsKept()).isEqualTo(bits(CONTEXT));
        assertThat(last(transformer).segmentsRun().cardinality()).isEqualTo(TinyModel.SEGMENTS - 1);
        assertThat(tiny.run(transformer, 2, 6)).isEqualTo(expected(6));
        assertThat(last(transformer).segmentsKept()).isEqualTo(bits(TEMB, CONTEXT));
    }

    @Test
    void itCanBeTurnedOff() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withoutExactCaching());
        tiny.run(transformer, 0, 8);
        tiny.run(transformer, 1, 8);
        assertThat(last(transformer).segmentsKept().isEmpty()).isTrue();
        assertThat(transformer.summary().peakCacheBytes()).isZero();
    }

    @Test
    void branchesShareWhatDependsOnTheTimestepAlone() {
        CachedTransformer transformer = tiny.open();
        float[] other = {0, 0, 2, 0, 0, 0, 0, 0};
        for (int i = 0; i < 3; i++) {
            float timestep = 8 - i;
            try (CacheContext cond = transformer.cacheContext("cond")) {
                assertThat(tiny.run(transformer, i, timestep)).isEqualTo(expected(timestep));
                assertThat(last(transformer).segmentsKept()).isEqualTo(i == 0 ? bits() : bits(CONTEXT));
                assertThat(cond.name()).isEqualTo("cond");
            }
            try (CacheContext uncond = transformer.cacheContext("uncond")) {
                assertThat(tiny.run(transformer, Step.at(i), tiny.inputs(LATENTS, timestep, other)))
                        .isEqualTo(TinyModel.expected(LATENTS, timestep, other));
                assertThat(last(transformer).segmentsKept()).isEqualTo(i == 0 ? bits(TEMB) : bits(TEMB, CONTEXT));
                assertThat(uncond.name()).isEqualTo("uncond");
            }
        }
        // temb and timestep once, text and context per branch
        assertThat(transformer.summary().cacheBytes()).isEqualTo((1 + 1 + 2 * (8 + 1)) * Float.BYTES);
    }

    @Test
    void changedContentIsNoticedInTheSameTensor() throws OrtException {
        CachedTransformer transformer = tiny.open();
        ByteBuffer buffer = ByteBuffer.allocateDirect(8 * Float.BYTES).order(ByteOrder.nativeOrder());
        for (float element : TEXT) {
            buffer.putFloat(element);
        }
        try (OnnxTensor text = OnnxTensor.createTensor(
                TestTensors.environment(), buffer.flip(), TinyModelFixture.TEXT_SHAPE, OnnxJavaType.FLOAT)) {
            Map<String, OnnxTensor> inputs = new HashMap<>(tiny.inputs(8));
            inputs.put("text", text);
            assertThat(tiny.run(transformer, Step.at(0), inputs)).isEqualTo(expected(8));
            buffer.putFloat(0, 3);
            float[] changed = {3, 0, 0, 0, 0, 1, 0, 0};
            assertThat(tiny.run(transformer, Step.at(1), inputs)).isEqualTo(TinyModel.expected(LATENTS, 8, changed));
            assertThat(last(transformer).segmentsKept()).isEqualTo(bits(TEMB));
            // −0 is another content than 0, though it is an equal number.
            buffer.putFloat(4, -0f);
            tiny.run(transformer, Step.at(2), inputs);
            assertThat(last(transformer).segmentsKept()).isEqualTo(bits(TEMB));
        }
    }

    @Test
    void withoutKnownLatentsInputsThatNeverChangedCount() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu(), null);
        float[] latents = {1, 2, 3, 4};
        for (int i = 0; i < 4; i++) {
            latents[0] = i;
            float timestep = 8 - i;
            assertThat(tiny.run(transformer, Step.at(i), tiny.inputs(latents, timestep, TEXT)))
                    .isEqualTo(TinyModel.expected(latents, timestep, TEXT));
            // Seen unchanged at the second step, kept by it, used from the third.
            assertThat(last(transformer).segmentsKept()).isEqualTo(i < 2 ? bits() : bits(CONTEXT));
        }
    }

    @Test
    void aTensorOfAPolicyInPlaceOfAnInvariantOneIsNoLongerInvariant() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(TestPolicy.before(Set.of("context"), step -> {
            if (step.index() == 1) {
                step.provide("context", step.math().zeros(ElementType.FLOAT, 1));
            }
        }));
        assertThat(tiny.run(transformer, 0, 8)).isEqualTo(expected(8));
        assertThat(tiny.run(transformer, 1, 8)).isEqualTo(TinyModel.expected(LATENTS, 8, new float[8]));
        assertThat(tiny.run(transformer, 2, 8)).isEqualTo(expected(8));
    }

    @Test
    void replacedInputsAreComparedByContentAndKeptApart() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(TestPolicy.before(Set.of(), step -> {
            if (step.index() % 2 == 1) {
                Tensor text = step.input("text");
                step.replaceInput("text", step.math().add(text, text));
            }
        }));
        float[] doubled = {2, 0, 0, 0, 0, 2, 0, 0};
        for (int i = 0; i < 6; i++) {
            float[] expected = i % 2 == 1 ? TinyModel.expected(LATENTS, 8, doubled) : expected(8);
            assertThat(tiny.run(transformer, i, 8)).isEqualTo(expected);
            assertThat(last(transformer).segmentsKept().get(CONTEXT)).isEqualTo(i >= 2);
        }
    }

    @Test
    void nothingIsKeptWithoutRoom() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withCacheBudget(0));
        for (int i = 0; i < 3; i++) {
            assertThat(tiny.run(transformer, i, 8)).isEqualTo(expected(8));
            assertThat(last(transformer).segmentsKept().isEmpty()).isTrue();
        }
        assertThat(transformer.summary().peakCacheBytes()).isZero();
    }
}
