package dev.reprise.ort.capi;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.reprise.testdata.ForkedJvm;
import dev.reprise.testdata.WebGpuDevice;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Bound runs on a provider whose memory is not the CPU's. */
class WebGpuIT {
    private static final int ROWS = 32;
    private static final int WIDTH = 64;
    private static final boolean[] ONE = {true};

    private final ForkedJvm jvm = WebGpuDevice.requireJvm();

    /** Two sessions one after the other: bound on the device, plain on the device, plain on the CPU. */
    public static final class TwoSessions {
        public static void main(String[] args) throws Exception {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            NativeLayer layer = NativeLayer.of(environment);
            float[][] values = new float[ROWS][WIDTH];
            for (int i = 0; i < ROWS * WIDTH; i++) {
                values[i / WIDTH][i % WIDTH] = i * 0.01f;
            }
            try (OrtSession first = open(environment, 3, true);
                    OrtSession second = open(environment, 4, true);
                    OrtSession firstOnCpu = open(environment, 3, false);
                    OrtSession secondOnCpu = open(environment, 4, false);
                    BoundRun firstRun = new BoundSession(layer, first, List.of("x"), List.of("y")).newRun();
                    BoundRun secondRun = new BoundSession(layer, second, List.of("x"), List.of("y")).newRun();
                    OnnxTensor x = OnnxTensor.createTensor(environment, values)) {
                firstRun.bind(0, x);
                List<OnnxTensor> between = firstRun.run(ONE, false, false);
                secondRun.bind(0, between.get(0));
                List<OnnxTensor> end = secondRun.run(ONE, true, true);
                System.out.println("between is on the device: " + BoundSession.isOnDevice(layer, between.get(0)));
                System.out.println("end is on the device: " + BoundSession.isOnDevice(layer, end.get(0)));
                float[][] bound = (float[][]) end.get(0).getValue();
                print("device", difference(bound, plain(first, second, x)));
                print("cpu", difference(bound, plain(firstOnCpu, secondOnCpu, x)));

                // The tensor on the device is not touched by a later run.
                firstRun.bind(0, end.get(0));
                firstRun.run(ONE, false, false).forEach(OnnxTensor::close);
                secondRun.bind(0, between.get(0));
                print("again", difference(bound, (float[][])
                        secondRun.run(ONE, true, true).get(0).getValue()));
                between.forEach(OnnxTensor::close);
                end.forEach(OnnxTensor::close);
            }
        }

        private static OrtSession open(OrtEnvironment environment, int nodes, boolean onDevice) throws OrtException {
            try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
                if (onDevice) {
                    options.addWebGPU(Map.of());
                }
                return environment.createSession(SmallModels.chain(nodes).toByteArray(), options);
            }
        }

        private static float[][] plain(OrtSession first, OrtSession second, OnnxTensor x) throws OrtException {
            try (OrtSession.Result between = first.run(Map.of("x", x));
                    OrtSession.Result end = second.run(Map.of("x", (OnnxTensor) between.get(0)))) {
                return (float[][]) end.get(0).getValue();
            }
        }

        private static double difference(float[][] a, float[][] b) {
            double largest = 0;
            for (int row = 0; row < ROWS; row++) {
                for (int i = 0; i < WIDTH; i++) {
                    largest = Math.max(largest, Math.abs(a[row][i] - b[row][i]));
                }
            }
            return largest;
        }

        private static void print(String name, double difference) {
            System.out.println(name + "=" + Math.round(difference * 1e6));
        }
    }

    @Test
    void aResultStaysOnTheDeviceAndFeedsTheNextSessionThere() throws Exception {
        List<String> lines = jvm.run(TwoSessions.class);

        assertThat(lines).contains("between is on the device: true", "end is on the device: false");
        Map<String, Long> differences = ForkedJvm.numbers(lines);
        assertThat(differences.get("device")).isZero();
        assertThat(differences.get("again")).isZero();
        assertThat(differences.get("cpu")).as("millionths").isLessThan(1000);
    }
}
