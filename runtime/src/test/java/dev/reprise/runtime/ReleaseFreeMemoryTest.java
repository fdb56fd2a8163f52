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

    @Test
    void theArenaKeepsOnlyWhatTensorsOccupy() throws OrtException {
        CachedTransformer transformer = tiny.open();
        Map<String, OnnxTensor> inputs = tiny.inputs(8);
        float[] first = tiny.run(transformer, Step.at(0), inputs);
        Optional<SharedArena> arena = OrtProcess.current().arena();
        assumeTrue(arena.isPresent(), "ONNX Runtime's C API is switched off");
        long before = arena.orElseThrow().statistics().reservedBytes();

        transformer.releaseFreeMemory();

        assertThat(arena.orElseThrow().statistics().reservedBytes()).isLessThan(before);
        assertThat(tiny.run(transformer, Step.at(1), inputs)).isEqualTo(first);
    }
}
