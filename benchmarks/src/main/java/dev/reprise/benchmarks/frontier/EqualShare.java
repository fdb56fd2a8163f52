package dev.reprise.benchmarks.frontier;

import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.tune.Candidate;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Finds the setting of a policy that computes as much as a budget allows, on one sample. What was run for one budget serves the others. */
final class EqualShare {
    /** More than whole evaluations: the embedding and the final projection of skipped steps. */
    private static final double SPARE = 0.5;
    /** A setting this close below the budget, in evaluations, needs no better one. */
    private static final double CLOSE = 0.6;

    private static final int HALVINGS = 8;

    private final CachedTransformer model;
    private final DemoRollout rollout;
    private final int sample;
    private final List<float[]> uncached;
    private final Consumer<String> progress;

    EqualShare(
            CachedTransformer model,
            DemoRollout rollout,
            int sample,
            List<float[]> uncached,
            Consumer<String> progress) {
        this.model = model;
        this.rollout = rollout;
        this.sample = sample;
        this.uncached = uncached;
        this.progress = progress;
    }

    /** How a setting did. */
    private record Point(Candidate candidate, double share, double psnr) {}

    /**
     * The best setting at each budget.
     *
     * @param budgets evaluations
     * @return by budget; nothing where the policy always computes more
     * @throws UnsupportedPolicyException when the model cannot take the policy
     */
    Map<Integer, Candidate> settings(Family family, List<Integer> budgets) {
        NavigableMap<Double, Point> tried = new TreeMap<>();
        Map<Integer, Candidate> found = new TreeMap<>();
        for (int budget : budgets) {
            if (family.whole()) {
                countUp(family, budget, tried);
            } else {
                halve(family, budget, tried);
            }
            best(tried, budget).ifPresent(point -> found.put(budget, point.candidate()));
        }
        return found;
    }

    private Optional<Point> best(NavigableMap<Double, Point> tried, int budget) {
        return tried.values().stream()
                .filter(point -> within(point, budget))
                .max((a, b) -> Double.compare(a.psnr(), b.psnr()));
    }

    private boolean within(Point point, int budget) {
        return point.share() * rollout.steps() <= budget + SPARE;
    }

    private void countUp(Family family, int budget, NavigableMap<Double, Point> tried) {
        Point least = tried.computeIfAbsent(family.high(), high -> run(family, high));
        if (!within(least, budget)) {
            // Other values compute more still.
            return;
        }
        Double last = tried.lowerKey(family.high());
        double value = last == null ? family.low() : last + 1;
        while (tried.headMap(family.high()).values().stream().noneMatch(point -> within(point, budget))
                && value < family.high()) {
            tried.put(value, run(family, value));
            value++;
        }
    }

    private void halve(Family family, int budget, NavigableMap<Double, Point> tried) {
        for (int i = 0; i < HALVINGS; i++) {
            double low = family.low();
            double high = family.high();
            for (Map.Entry<Double, Point> entry : tried.entrySet()) {
                if (!within(entry.getValue(), budget)) {
                    low = Math.max(low, entry.getKey());
                } else {
                    high = Math.min(high, entry.getKey());
                }
            }
            if (high / low < 1.03
                    || tried.values().stream()
                            .anyMatch(point ->
                                    within(point, budget) && point.share() * rollout.steps() > budget - CLOSE)) {
                return;
            }
            double value = Math.sqrt(low * high);
            tried.put(value, run(family, value));
        }
    }

    private Point run(Family family, double value) {
        Candidate candidate = family.at().apply(value);
        try (CachedTransformer cached = model.newIsolatedGeneration()) {
            cached.enableCache(PolicyCatalogue.parse(candidate.policy(), candidate.parameters()));
            List<float[]> found = rollout.run(cached, sample);
            Point point = new Point(candidate, cached.summary().computedShare(), Similarity.psnr(found, uncached));
            progress.accept(String.format(
                    "%s at %.4g: %.1f dB computing %.0f %%", family.name(), value, point.psnr(), 100 * point.share()));
            return point;
        }
    }
}
