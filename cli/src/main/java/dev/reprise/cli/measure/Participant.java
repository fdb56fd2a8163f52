package dev.reprise.cli.measure;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.ort.api.TransferCount;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One way to run a model, with the times of its steps. */
public final class Participant implements AutoCloseable {
    private final String name;
    private final DenoisingModel model;
    private StepTimes times = new StepTimes();
    private final List<Double> rounds = new ArrayList<>();
    private double roundNanos;
    private int roundSteps;
    private double computedShare = 1;
    private long cacheBytes;
    private long deviceCacheBytes;
    private TransferCount transfers = TransferCount.NONE;
    private long steps;

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
        deviceCacheBytes = Math.max(deviceCacheBytes, step.deviceCacheBytes());
        transfers = transfers.plus(step.transfers());
        steps++;
    }

    public String name() {
        return name;
    }

    /** Times of all steps of all generations. */
    public StepTimes times() {
        return times;
    }

    /** Mean time of a step in each round, in nanoseconds. */
    public List<Double> rounds() {
        return List.copyOf(rounds);
    }

    void endRound() {
        rounds.add(roundNanos / roundSteps);
    }

    /** The most bytes that were kept for a next step. */
    public long cacheBytes() {
        return cacheBytes;
    }

    /** The part of them that is in the memory of a device. */
    public long deviceCacheBytes() {
        return deviceCacheBytes;
    }

    /** What crossed between the memories of the CPU and of a device in a step, on average; empty where nobody counted. */
    public Optional<Crossing> crossing() {
        return steps == 0 ? Optional.empty() : Optional.of(Crossing.of(transfers, (double) steps));
    }

    /** Tensors and bytes of a step, both ways, and how often the CPU waited for the device. */
    public record Crossing(double tensors, double bytes, double waits) {
        private static Crossing of(TransferCount all, double steps) {
            return new Crossing(all.tensors() / steps, all.bytes() / steps, all.waits() / steps);
        }
    }

    /** Begins a generation. */
    void begin() {
        roundNanos = 0;
        roundSteps = 0;
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
        roundNanos += nanos;
        roundSteps++;
    }

    /** Forgets all times: they were there to warm up. */
    void forgetTimes() {
        times = new StepTimes();
        transfers = TransferCount.NONE;
        steps = 0;
    }

    @Override
    public void close() {
        model.close();
    }
}
