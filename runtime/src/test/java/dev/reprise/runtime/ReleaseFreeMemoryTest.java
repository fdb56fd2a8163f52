package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.reprise.ort.OrtProcess;
import dev.reprise.ort.capi.NativeLayer;
import dev.reprise.runtime.api.Step;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisabledIfSystemProperty(named = NativeLayer.PROPERTY, matches = "off")
class ReleaseFreeMemoryTest {
    @RegisterExtension
    final TinyModelFixture tiny = new TinyModelFixture();

    private static long reserved() throws OrtException {
        return OrtProcess.current().arena().orElseThrow().statistics().reservedBytes();
    }

    @Test
    void onRequestTheArenaKeepsOnlyWhatTensorsOccupy() throws OrtException {
        CachedTransformer transformer = tiny.open();
        Map<String, OnnxTensor> inputs = tiny.inputs(8);
        float[] first = tiny.run(transformer, Step.at(0), inputs);
        long before = reserved();

        transformer.releaseFreeMemory();

        assertThat(reserved()).isLessThan(before);
        assertThat(tiny.run(transformer, Step.at(1), inputs)).isEqualTo(first);
    }

    @Test
    void aGenerationThatBeginsAnewGivesMemoryBack() throws OrtException {
        CachedTransformer transformer = tiny.open();
        Map<String, OnnxTensor> inputs = tiny.inputs(8);
        float[] first = tiny.run(transformer, Step.at(0), inputs);
        long before = reserved();

        transformer.resetCache();

        assertThat(reserved()).isLessThan(before);
        assertThat(tiny.run(transformer, Step.at(0), inputs)).isEqualTo(first);
        assertThat(reserved()).isEqualTo(before);
    }

    @Test
    void memoryIsKeptWhileAnotherGenerationIsUnderWay() throws OrtException {
        CachedTransformer transformer = tiny.open();
        CachedTransformer other = transformer.newGeneration();
        Map<String, OnnxTensor> inputs = tiny.inputs(8);
        tiny.run(transformer, Step.at(0), inputs);
        tiny.run(other, Step.at(0), inputs);
        long before = reserved();

        transformer.resetCache();
        assertThat(reserved()).isEqualTo(before);
        transformer.resetCache();
        assertThat(reserved()).isEqualTo(before);
        other.close();
        assertThat(reserved()).isLessThan(before);
    }
}
