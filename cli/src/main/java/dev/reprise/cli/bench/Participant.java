package dev.reprise.cli.bench;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** One way to run a model, with the times of its steps. */
public final class Participant implements AutoCloseable {
    private final String name;
    private final String setting;
    private final DenoisingModel model;
    private final List<double[]> rounds = new ArrayList<>();
    private final List<double[]> shares = new ArrayList<>();
    private long cacheBytes;

    /** The model is this object's from now on. */
    public Participant(String name, String setting, DenoisingModel model) {
        this.name = name;
        this.setting = setting;
        this.model = model;
    }

    String name() {
        return name;
    }

    /** The policy's parameters as JSON, "" where there is none. */
    String setting() {
        return setting;
    }

    /** Begins a generation. */
    void begin(int steps) {
        if (model instanceof CachedTransformer cached) {
            cached.resetCache();
        }
        rounds.add(new double[steps]);
        shares.add(new double[steps]);
    }

    void run(int step, Step at, Map<String, OnnxTensor> inputs) {
        long start = System.nanoTime();
        Outputs outputs = model.run(at, inputs);
        long nanos = System.nanoTime() - start;
        outputs.close();
        rounds.get(rounds.size() - 1)[step] = nanos;
        double share = 1;
        if (model instanceof CachedTransformer cached) {
            List<StepTrace> trace = cached.trace();
            StepTrace last = trace.get(trace.size() - 1);
            share = last.computedShare();
            cacheBytes = Math.max(cacheBytes, last.cacheBytes());
        }
        shares.get(shares.size() - 1)[step] = share;
    }

    /** Forgets the last generation: it was there to warm up. */
    void discard() {
        rounds.remove(rounds.size() - 1);
        shares.remove(shares.size() - 1);
    }

    long cacheBytes() {
        return cacheBytes;
    }

    /**
     * Mean step of a generation: what a user waits for. Every round has the same inputs and so the same decisions; the median of
     * each step over the rounds leaves out what else the machine did.
     */
    public double meanStepNanos() {
        int steps = rounds.get(0).length;
        double sum = 0;
        for (int step = 0; step < steps; step++) {
            int index = step;
            sum += median(rounds.stream().mapToDouble(round -> round[index]).toArray());
        }
        return sum / steps;
    }

    /** Median of all steps. */
    double medianStepNanos() {
        return median(rounds.stream().flatMapToDouble(Arrays::stream).toArray());
    }

    double computedShare() {
        return shares.stream().flatMapToDouble(Arrays::stream).average().orElse(1);
    }

    /** Steps that computed the same share of the multiply-adds. */
    record StepKind(double computedShare, int count, double medianNanos) {}

    /** From the steps that computed most to those that computed least, first steps left out: they fill caches. */
    List<StepKind> kinds() {
        SortedMap<Long, List<double[]>> byShare = new TreeMap<>((a, b) -> Long.compare(b, a));
        for (int round = 0; round < rounds.size(); round++) {
            for (int step = 1; step < rounds.get(round).length; step++) {
                double share = shares.get(round)[step];
                byShare.computeIfAbsent(Math.round(share * 1000), key -> new ArrayList<>())
                        .add(new double[] {share, rounds.get(round)[step]});
            }
        }
        List<StepKind> kinds = new ArrayList<>();
        byShare.values()
                .forEach(steps -> kinds.add(new StepKind(
                        steps.stream().mapToDouble(step -> step[0]).average().orElse(1),
                        steps.size(),
                        median(steps.stream().mapToDouble(step -> step[1]).toArray()))));
        return kinds;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length == 0
                ? Double.NaN
                : sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    @Override
    public void close() {
        model.close();
    }
}
