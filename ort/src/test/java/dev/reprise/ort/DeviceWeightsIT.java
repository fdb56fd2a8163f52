package dev.reprise.ort;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.api.SessionConfig;
import dev.reprise.ort.capi.SmallModels;
import dev.reprise.ort.provider.WebGpuProvider;
import dev.reprise.testdata.ForkedJvm;
import dev.reprise.testdata.WebGpuDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights on a device: there once, whatever reads them. */
class DeviceWeightsIT {
    private static final int WIDTH = 2048;
    private static final long BYTES = 4L * WIDTH * WIDTH;
    private static final int SESSIONS = 4;

    @TempDir
    private Path folder;

    private final ForkedJvm jvm = WebGpuDevice.requireJvm();

    /** Column i of the weight is i + 1 everywhere. */
    private Path weights() throws IOException {
        ByteBuffer content = ByteBuffer.allocate((int) BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < WIDTH * WIDTH; i++) {
            content.putFloat(i % WIDTH + 1);
        }
        Files.write(folder.resolve("weights"), content.array());
        return folder;
    }

    /** Opens sessions over one weight, shared or each with its own, and prints what they took and what one computed. */
    public static final class Sessions {
        public static void main(String[] args) throws Exception {
            SessionConfig config = SessionConfig.cpu().withProvider(new WebGpuProvider(Map.of()));
            OrtRuntime runtime = new OrtRuntime(1);
            boolean share = args[1].equals("shared");
            LiveTensors live = new LiveTensors();
            DeviceMemory device = runtime.deviceMemory(config);
            try (Weights weights = runtime.weights(Path.of(args[0]), share ? device : null)) {
                List<ModelSession> sessions = new ArrayList<>();
                run(open(runtime, weights, config, sessions), device, live);
                long before = ForkedJvm.anonymousBytes();
                for (int i = 1; i < SESSIONS; i++) {
                    run(open(runtime, weights, config, sessions), device, live);
                }
                System.out.println("megabytes=" + (ForkedJvm.anonymousBytes() - before) / 1_000_000);
                sessions.forEach(ModelSession::close);
            }
            System.out.println("live=" + live.count());
        }

        private static ModelSession open(
                OrtRuntime runtime, Weights weights, SessionConfig config, List<ModelSession> sessions) {
            ModelSession session = runtime.open("product", SmallModels.matMul(WIDTH, "weights", 0), weights, config);
            sessions.add(session);
            return session;
        }

        /** Twice: what is bound for good is still there the second time. */
        private static void run(ModelSession session, DeviceMemory device, LiveTensors live) {
            Transfers transfers = new Transfers(device, true, live);
            float[] ones = new float[WIDTH];
            Arrays.fill(ones, 1);
            try (SessionRun run = session.newRun(List.of("x"), List.of("y"), transfers);
                    OnnxTensor x = NativeTensors.floats(ones, 1, WIDTH)) {
                for (int i = 0; i < 2; i++) {
                    CountedTensor input = CountedTensor.borrowed(x, ElementType.FLOAT, false);
                    try (OnnxTensor y = run.run(new CountedTensor[] {input}, new boolean[] {true}, true)
                            .get(0)) {
                        System.out.println("y=" + y.getFloatBuffer().get(9));
                    }
                    input.release();
                }
            }
        }
    }

    @Test
    void aWeightIsOnTheDeviceOnceForAllSessions() throws Exception {
        Path weights = weights();

        List<String> shared = jvm.run(Sessions.class, weights.toString(), "shared");
        List<String> apart = jvm.run(Sessions.class, weights.toString(), "apart");

        assertThat(shared).filteredOn(line -> line.equals("y=20480.0")).hasSize(2 * SESSIONS);
        assertThat(apart).filteredOn(line -> line.equals("y=20480.0")).hasSize(2 * SESSIONS);
        assertThat(shared).contains("live=0");
        long weight = BYTES / 1_000_000;
        assertThat(ForkedJvm.numbers(apart).get("megabytes")).isGreaterThan((SESSIONS - 1) * weight);
        assertThat(ForkedJvm.numbers(shared).get("megabytes")).isLessThan(weight);
    }
}
