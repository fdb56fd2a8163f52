package dev.reprise.ort.capi;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.reprise.testdata.ForkedJvm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SharedArenaTest {
    private static final int ROWS = 1000;
    private static final int WIDTH = 2048;
    private static final long TENSOR = (long) ROWS * WIDTH * Float.BYTES;

    /** Runs four sessions one after the other in the arena and one outside of it, and prints what the arena held. */
    public static final class FourSessions {
        public static void main(String[] args) throws Exception {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            SharedArena arena = SharedArena.register(NativeLayer.of(environment), environment);
            print("start", arena.statistics());
            byte[] model = SmallModels.chain(6).toByteArray();
            float[][] input = new float[ROWS][WIDTH];
            for (int i = 0; i < ROWS; i++) {
                Arrays.fill(input[i], i * 0.1f);
            }
            List<OrtSession> sessions = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                    arena.use(options);
                    sessions.add(environment.createSession(model, options));
                }
            }
            float[] expected;
            try (OrtSession plain = environment.createSession(model);
                    OnnxTensor x = OnnxTensor.createTensor(environment, input)) {
                expected = run(plain, x);
                for (OrtSession session : sessions) {
                    System.out.println("equal=" + Arrays.equals(expected, run(session, x)));
                    print("run" + sessions.indexOf(session), arena.statistics());
                }
            }
            arena.shrink();
            print("shrunk", arena.statistics());
        }

        private static float[] run(OrtSession session, OnnxTensor x) throws Exception {
            try (OrtSession.Result result = session.run(Map.of("x", x))) {
                float[] values = new float[ROWS * WIDTH];
                ((OnnxTensor) result.get(0)).getFloatBuffer().get(values);
                return values;
            }
        }

        private static void print(String when, ArenaStatistics statistics) {
            System.out.println(when + "_reserved=" + statistics.reservedBytes());
            System.out.println(when + "_used=" + statistics.usedBytes());
            System.out.println(when + "_peak=" + statistics.peakUsedBytes());
        }
    }

    @Test
    void fourSessionsUseTheMemoryOfOneAndTheArenaGivesItBack() throws Exception {
        List<String> lines = new ForkedJvm().run(FourSessions.class);

        assertThat(lines).contains("equal=true").doesNotContain("equal=false");
        Map<String, Long> found = ForkedJvm.numbers(lines);
        assertThat(found.get("start_reserved")).isLessThan(4096);
        assertThat(found.get("run0_reserved")).isBetween(TENSOR, 3 * TENSOR);
        assertThat(found.get("run3_reserved")).isEqualTo(found.get("run0_reserved"));
        assertThat(found.get("run3_peak")).isEqualTo(found.get("run0_peak")).isGreaterThanOrEqualTo(TENSOR);
        assertThat(found.get("run3_used")).isZero();
        assertThat(found.get("shrunk_reserved")).isLessThan(4096);
    }
}
