package dev.reprise.ort;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.ort.capi.SmallModels;
import dev.reprise.ort.provider.CpuProvider;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsInMemoryTest {
    private static final int TOKENS = 16;
    private static final int SIZE = 8;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();

    /** The optimizer turns the table under its own name; with as many heads as tokens the shapes tell nothing. */
    @Test
    void aTableThatTheOptimizerTurnsGivesTheSameBits(@TempDir Path folder) throws Exception {
        Random random = new Random(3);
        ByteBuffer table = ByteBuffer.allocate(TOKENS * SIZE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (table.hasRemaining()) {
            table.putFloat(random.nextFloat());
        }
        Files.write(folder.resolve("table.bin"), table.array());
        ModelProto model = SmallModels.rotated(TOKENS, SIZE, "table.bin", 0);

        try (WeightsInMemory weights = new WeightsInMemory(folder);
                SessionOptions options = new SessionOptions();
                SessionOptions plain = new SessionOptions()) {
            WeightFolder.resolve(folder, plain);
            try (OrtSession inMemory = weights.open(environment, model, options, new CpuProvider())
                            .session();
                    OrtSession expected = environment.createSession(model.toByteArray(), plain)) {
                assertThat(run(inMemory)).isEqualTo(run(expected));
            }
        }
    }

    private float[] run(OrtSession session) throws OrtException {
        float[] values = new float[TOKENS * TOKENS * SIZE];
        Random random = new Random(4);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        try (OnnxTensor x = OnnxTensor.createTensor(
                        environment, FloatBuffer.wrap(values), new long[] {TOKENS, (long) TOKENS * SIZE});
                OrtSession.Result result = session.run(Map.of("x", x))) {
            float[] found = new float[values.length];
            ((OnnxTensor) result.get(0)).getFloatBuffer().get(found);
            return found;
        }
    }
}
