package dev.reprise.benchmarks.frontier;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.json.JsonFile;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.tune.Candidate;
import java.util.ArrayList;
import java.util.List;

/** One policy at one budget, batch by batch. */
final class Row implements AutoCloseable {
    private final String name;
    private final int budget;
    private final Candidate candidate;
    private final DemoRollout rollout;
    private final CachedTransformer cached;
    private final List<Double> psnrs = new ArrayList<>();
    private final List<Double> millis = new ArrayList<>();
    private final List<Double> speedups = new ArrayList<>();
    private double ssim;
    private double share;

    Row(String name, int budget, Candidate candidate, DemoRollout rollout, CachedTransformer model) {
        this.name = name;
        this.budget = budget;
        this.candidate = candidate;
        this.rollout = rollout;
        cached = model.newIsolatedGeneration();
        cached.enableCache(PolicyCatalogue.parse(candidate.policy(), candidate.parameters()));
    }

    /**
     * Draws one batch.
     *
     * @param uncached its images without a policy
     * @param uncachedMillis what a step without a policy took just now
     */
    void draw(int sample, List<float[]> uncached, double uncachedMillis) {
        cached.resetCache();
        long[] nanos = new long[1];
        cached.onStep(step -> nanos[0] += step.nanos());
        List<float[]> found = rollout.run(cached, sample);
        double step = nanos[0] / 1e6 / rollout.steps();
        millis.add(step);
        speedups.add(uncachedMillis / step);
        share += cached.summary().computedShare();
        for (int i = 0; i < found.size(); i++) {
            psnrs.add(Similarity.psnr(found.get(i), uncached.get(i)));
            ssim += Similarity.ssim(found.get(i), uncached.get(i), rollout.image());
        }
    }

    String name() {
        return name;
    }

    /** Mean over images so far, dB. */
    double psnr() {
        return psnrs.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    ObjectNode json() {
        double mean = psnr();
        double variance = psnrs.stream()
                .mapToDouble(each -> (each - mean) * (each - mean))
                .average()
                .orElseThrow();
        ObjectNode row = JsonFile.mapper().createObjectNode();
        row.put("evaluations", budget);
        row.put("policy", name);
        row.put("images", psnrs.size());
        row.put("psnr_db", rounded(mean, 100));
        row.put("psnr_spread_db", rounded(Math.sqrt(variance), 100));
        row.put("ssim", rounded(ssim / psnrs.size(), 10_000));
        row.put("computed_share", rounded(share / millis.size(), 10_000));
        row.put("step_ms", rounded(median(millis), 1000));
        row.put("speedup", rounded(median(speedups), 100));
        row.set("parameters", JsonFile.mapper().valueToTree(candidate.parameters()));
        return row;
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
    }

    private static double rounded(double value, double digits) {
        return Math.rint(value * digits) / digits;
    }

    @Override
    public void close() {
        cached.close();
    }
}
