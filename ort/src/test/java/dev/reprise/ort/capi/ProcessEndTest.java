package dev.reprise.ort.capi;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.ort.ModelSession;
import dev.reprise.ort.NativeTensors;
import dev.reprise.ort.OrtRuntime;
import dev.reprise.ort.api.SessionConfig;
import dev.reprise.testdata.ForkedJvm;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that ends while a thread runs a session. */
class ProcessEndTest {
    /** Runs a session on two threads all the time, and exits. Another shutdown hook, as programs have them, takes its time. */
    public static final class ExitInTheMiddle {
        private static final int RUNS = 2000;
        private static final AtomicLong RUN = new AtomicLong();

        public static void main(String[] args) throws Exception {
            byte[] model = SmallModels.model(GraphProto.newBuilder()
                            .setName("product")
                            .addInput(SmallModels.matrix("x", 0))
                            .addOutput(SmallModels.matrix("y", 0))
                            .addNode(SmallModels.node("MatMul", "y", "x", "x")))
                    .toByteArray();
            ModelSession session =
                    new OrtRuntime(2).open("product", model, SessionConfig.cpu().withThreads(2));
            OnnxTensor input = NativeTensors.floats(new float[1 << 16], 1 << 8, 1 << 8);
            Thread runner = new Thread(() -> {
                while (true) {
                    session.run(Map.of("x", input), Set.of("y")).forEach(OnnxTensor::close);
                    RUN.incrementAndGet();
                }
            });
            runner.setDaemon(true);
            runner.start();
            waitFor(10);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                waitFor(RUN.get() + RUNS);
                System.out.println("ran on");
            }));
            System.exit(0);
        }

        private static void waitFor(long runs) {
            while (RUN.get() < runs) {
                Thread.onSpinWait();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "off"})
    void theEnvironmentStaysForRunsThatGoOn(String nativeLayer) throws Exception {
        List<String> lines =
                new ForkedJvm().property(NativeLayer.PROPERTY, nativeLayer).run(ExitInTheMiddle.class);

        assertThat(lines).contains("ran on");
    }
}
