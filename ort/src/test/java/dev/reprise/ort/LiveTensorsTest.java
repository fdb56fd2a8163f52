package dev.reprise.ort;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class LiveTensorsTest {
    private static final int THREADS = 4;
    private static final int OUTPUTS = 20_000;

    private final LiveTensors live = new LiveTensors();

    @Test
    void anOutputIsCountedUntilItsOwnersOrItsCallerCloseIt() {
        CountedTensor released = handedOut();
        CountedTensor closed = handedOut();
        assertThat(live.count()).isEqualTo(2);
        released.release();
        assertThat(live.count()).isOne();
        closed.tensor().close();
        assertThat(live.count()).isZero();
        closed.release();
        assertThat(live.count()).isZero();
    }

    /** Generations share the count: one thread notices what the caller of another one closed. */
    @Test
    void callersOnManyThreadsCloseWhatTheyGot() throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CountDownLatch start = new CountDownLatch(THREADS);
            List<Future<?>> callers = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                callers.add(threads.submit(() -> {
                    start.countDown();
                    start.await();
                    for (int i = 0; i < OUTPUTS; i++) {
                        CountedTensor output = handedOut();
                        output.tensor().close();
                        if (output.owners() > 0) {
                            output.release();
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> caller : callers) {
                caller.get();
            }
        } finally {
            threads.shutdown();
        }
        assertThat(live.count()).isZero();
    }

    /** As a step leaves an output: the caller is its only owner. */
    private CountedTensor handedOut() {
        OnnxTensor tensor = NativeTensors.floats(new float[] {1}, 1);
        CountedTensor output = CountedTensor.owned(tensor, ElementType.FLOAT, false, live);
        output.handOut();
        output.release();
        return output;
    }
}
