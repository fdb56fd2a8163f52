package dev.reprise.cli.measure;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import java.util.Map;

/** One way to run a model, with the times of its steps. */
public final class Participant implements AutoCloseable {
    private final String name;
    private final DenoisingModel model;
    private StepTimes times = new StepTimes();
    private double computedShare = 1;
    private long cacheBytes;

    /** The model is this object's from now on. */
    public Participant(String name, DenoisingModel model) {
        this.name = name;
        this.model = model;
        if (model instanceof CachedTransformer cached) {
            cached.onStep(this::note);
        }
    }

    private void note(StepTrace step) {
        computedShare = step.computedShare();
        cacheBytes = Math.max(cacheBytes, step.cacheBytes());
    }

    public String name() {
        return name;
    }

    /** Times of all steps of all generations. */
    public StepTimes times() {
        return times;
    }

    /** The most bytes that were kept for a next step. */
    public long cacheBytes() {
        return cacheBytes;
    }

    /** Begins a generation. */
    void begin() {
        if (model instanceof CachedTransformer cached) {
            cached.resetCache();
        }
    }

    void run(Step step, Map<String, OnnxTensor> inputs) {
        long start = System.nanoTime();
        Outputs outputs = model.run(step, inputs);
        long nanos = System.nanoTime() - start;
        outputs.close();
        times.add(computedShare, (double) nanos);
    }

    /** Forgets all times: they were there to warm up. */
    void forgetTimes() {
        times = new StepTimes();
    }

    @Override
    public void close() {
        model.close();
    }
}
