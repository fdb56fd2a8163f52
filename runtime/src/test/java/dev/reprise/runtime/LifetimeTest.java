package dev.reprise.runtime;

import static dev.reprise.runtime.TinyModelFixture.expected;
import static dev.reprise.runtime.TinyModelFixture.last;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.CachePolicy;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who closes what, and what a listener sees. */
class LifetimeTest {
    @RegisterExtension
    final TinyModelFixture tiny = new TinyModelFixture();

    @Test
    void theOriginalModelClosesTwiceAndThenRunsNoMore() {
        tiny.open();
        OriginalModel original = OriginalModel.open(tiny.folder().resolve("model.onnx"), SessionSettings.cpu());
        original.close();
        original.close();
        assertThatThrownBy(() -> original.run(Step.at(0), tiny.inputs(8)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("this model is closed");
    }

    @Test
    void outputsThatTheCallerClosesOneByOneAreNoLeaks() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withoutSharedCache());
        Outputs outputs = transformer.run(Step.at(0), tiny.inputs(8));
        transformer.resetCache();
        assertThat(transformer.summary().liveTensors()).isOne();
        outputs.first().close();
        assertThat(transformer.summary().liveTensors()).isZero();
        outputs.close();
        assertThat(transformer.summary().liveTensors()).isZero();
    }

    @Test
    void aContextThatClosedTooEarlyCanBeClosedInItsTurn() {
        CachedTransformer transformer = tiny.open();
        CacheContext outer = transformer.cacheContext("outer");
        CacheContext inner = transformer.cacheContext("inner");
        assertThatThrownBy(outer::close).isInstanceOf(IllegalStateException.class);
        inner.close();
        outer.close();
        tiny.run(transformer, 0, 8);
        assertThat(last(transformer).context()).isEqualTo("default");
    }

    @Test
    void whatMayNotBeNullIsNamed() {
        CachedTransformer transformer = tiny.open();
        assertThatThrownBy(() -> transformer.cacheContext(null))
                .hasMessage("the name of the context must be given, was null");
        assertThatThrownBy(() -> transformer.run(null, Map.of())).hasMessage("the step must be given, was null");
        assertThatThrownBy(() -> transformer.run(Step.at(0), null)).hasMessage("the inputs must be given, were null");
        assertThatThrownBy(() -> transformer.enableCache((CachePolicy[]) null))
                .hasMessage("policies must be given, was null");
        assertThatThrownBy(() -> transformer.enableCache((CachePolicy) null)).hasMessage("no policy may be null");
        assertThatThrownBy(() -> transformer.onStep(null)).hasMessage("the listener must be given, was null");
    }

    @Test
    void aListenerSeesMoreStepsThanTheTraceKeeps() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withTraceLength(2));
        List<StepTrace> seen = new ArrayList<>();
        transformer.onStep(seen::add);
        for (int i = 0; i < 5; i++) {
            tiny.run(transformer, i, 100 - i);
        }
        assertThat(seen).extracting(StepTrace::step).containsExactly(0, 1, 2, 3, 4);
        assertThat(transformer.trace()).isEqualTo(seen.subList(3, 5));
    }

    @Test
    void aListenerThatThrowsFailsTheStepAndLeavesNothing() {
        CachedTransformer transformer = tiny.open(SessionSettings.cpu().withoutExactCaching());
        transformer.onStep(step -> {
            throw new IllegalStateException("full");
        });
        assertThatThrownBy(() -> tiny.run(transformer, 0, 8)).hasMessage("full");
        assertThat(transformer.summary().liveTensors()).isZero();
    }

    @Test
    void weightsInMemoryNeedTheirFilesNoMore() throws IOException {
        SessionSettings settings = SessionSettings.cpu().withWeightsInMemory();
        CachedTransformer transformer = tiny.open(settings);
        Path original = tiny.folder().resolve("model.onnx");
        try (OriginalModel unsplit = OriginalModel.open(original, settings)) {
            assertThat(tiny.run(transformer, 0, 8)).isEqualTo(expected(8));
            // Mapped weights would end the process here.
            Files.write(tiny.folder().resolve("weights.bin"), new byte[0]);
            Files.write(original, new byte[0]);
            assertThat(tiny.run(transformer, 1, 6)).isEqualTo(expected(6));
            Map<String, OnnxTensor> inputs = tiny.inputs(6);
            assertThat(TestTensors.take(unsplit.run(Step.at(1), inputs)))
                    .isEqualTo(TestTensors.take(transformer.run(Step.at(2), inputs)));
        }
        transformer.enableCache(TestPolicy.before(Set.of("attn1"), step -> {}));
        assertThatThrownBy(() -> tiny.run(transformer, 3, 4))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("weights.bin: the weights changed while the bundle is open");
    }

    @Test
    void fragmentsOfManyImageSizesDoNotPileUp() {
        CachedTransformer transformer = tiny.open();
        transformer.enableCache(TestPolicy.before(Set.of("attn1"), step -> {
            for (int size = 5; size < 105; size++) {
                step.math().lowPass(step.math().zeros(dev.reprise.graph.ElementType.FLOAT, 1, 1, size, 5));
            }
        }));
        tiny.run(transformer, 0, 8);
        assertThat(transformer.openFragments()).isLessThanOrEqualTo(64);
    }
}
