package dev.reprise.benchmarks.speed;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import com.google.common.util.concurrent.Uninterruptibles;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One way to run a step, with the times that it took. */
final class Contestant {
    /** Timestep of every step: where Pyramid Attention Broadcast reuses. */
    private static final double TIMESTEP = 500;

    private static final Duration REST = Duration.ofMillis(100);

    private static final double SHORT_MILLIS = 10;

    private final Run run;
    private final List<Double> millis = new ArrayList<>();

    private interface Run {
        void step(int index, Map<String, OnnxTensor> inputs) throws OrtException;
    }

    private Contestant(Run run) {
        this.run = run;
    }

    static Contestant plain(PlainSession session) {
        return new Contestant((index, inputs) -> session.run(inputs));
    }

    static Contestant cut(CachedTransformer generation) {
        // Odd indices: an interval of two steps reuses there.
        return new Contestant((index, inputs) -> generation
                .run(Step.at(2 * index + 1).withTimestep(TIMESTEP), inputs)
                .close());
    }

    /**
     * Runs two steps, of which the second counts. In a generation a step follows a step: its threads are awake, and the processor's caches
     * hold its own weights and not those of the contestant before.
     */
    void step(int index, Map<String, OnnxTensor> inputs) throws OrtException {
        letOthersRest();
        run.step(2 * index, inputs);
        long start = System.nanoTime();
        run.step(2 * index + 1, inputs);
        millis.add((System.nanoTime() - start) / 1e6);
    }

    /**
     * Threads of a pool go on looking for work for a while after a run: those of the contestant before would take a core from this one.
     * After short steps that is not waited for: they warm up.
     */
    private void letOthersRest() {
        if (!millis.isEmpty() && millis.get(millis.size() - 1) > SHORT_MILLIS) {
            Uninterruptibles.sleepUninterruptibly(REST);
        }
    }

    /** Forgets the times until now: those steps warmed up. */
    void forget() {
        millis.clear();
    }

    /** Times of the steps, in their order. */
    List<Double> millis() {
        return millis;
    }
}
