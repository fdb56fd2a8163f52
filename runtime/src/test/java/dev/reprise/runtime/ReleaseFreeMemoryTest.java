package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.reprise.ort.OrtProcess;
import dev.reprise.ort.capi.SharedArena;
import dev.reprise.runtime.api.Step;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ReleaseFreeMemoryTest {
    @RegisterExtension
    final TinyModelFixture tiny = new TinyModelFixture();

    private static long reserved() throws OrtException {
        Optional<SharedArena> arena = OrtProcess.current().arena();
        assumeTrue(arena.isPresent(), "ONNX Runtime's C API is switched off");
        return arena.orElseThrow().statistics().reservedBytes();
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
