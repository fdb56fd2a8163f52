package dev.reprise.runtime.tune;

import dev.reprise.cache.Decision;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.StepTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Runs candidates and compares their results with those of no policy. */
final class Bench {
    /** Identical results have no finite PSNR. */
    private static final double CEILING = 120;

    private final CachedTransformer model;
    private final Rollout rollout;
    private final List<List<float[]>> references = new ArrayList<>();
    private double peak;
    private double uncachedMillis;
    private int steps;
    private final List<Measured> tried = new ArrayList<>();
    private @Nullable Increments increments;

    Bench(CachedTransformer model, Rollout rollout) {
        this.model = model;
        this.rollout = rollout;
    }

    /**
     * Runs samples without a policy.
     *
     * @param samples how many
     * @param tunedOn the first ones, whose steps are looked at; the others are held out
     * @throws CancellationException when it is to stop: without all of them nothing can be compared
     */
    void reference(int samples, int tunedOn, BooleanSupplier stop) {
        List<RolloutRecorder.Recorded> rollouts = new ArrayList<>();
        try (CachedTransformer plain = model.newIsolatedGeneration()) {
            double low = Double.POSITIVE_INFINITY;
            double high = Double.NEGATIVE_INFINITY;
            for (int sample = 0; sample < samples; sample++) {
                if (stop.getAsBoolean()) {
                    throw new CancellationException("stopped before anything was found");
                }
                Run run = new Run(plain);
                List<float[]> results;
                if (sample < tunedOn) {
                    RolloutRecorder recorder = new RolloutRecorder(plain);
                    results = run.of(sample, recorder);
                    recorder.recorded().ifPresent(rollouts::add);
                } else {
                    results = run.of(sample);
                }
                references.add(results);
                steps = run.steps();
                uncachedMillis = run.millis();
                for (float[] result : results) {
                    for (float value : result) {
                        low = Math.min(low, value);
                        high = Math.max(high, value);
                    }
                }
            }
            increments = Increments.of(rollouts);
            if (increments != null && increments.steps() != steps) {
                increments = null;
            }
            peak = high - low;
            if (steps == 0) {
                throw new IllegalStateException("the rollout ran no step of the model");
            }
        }
    }

    int steps() {
        return steps;
    }

    /** What the sampler adds without a policy, null where that is unknown. */
    @Nullable
    Increments increments() {
        return increments;
    }

    /** All that was run. */
    List<Measured> tried() {
        return tried;
    }

    double uncachedMillis() {
        return uncachedMillis;
    }

    private List<float[]> rolledOut(DenoisingModel seen, int sample) {
        try {
            return List.copyOf(rollout.run(seen, sample));
        } catch (UnsupportedPolicyException e) {
            // The policy's fault, not the rollout's.
            throw e;
        } catch (RuntimeException e) {
            throw new RolloutException(e);
        }
    }

    /**
     * Times a candidate and the model without a policy in turns, on the first sample.
     *
     * @param original what no policy is; null for the model that is tuned
     */
    Timing time(Candidate candidate, @Nullable DenoisingModel original, int rounds) {
        List<Double> uncached = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        List<Double> computed = new ArrayList<>();
        List<Double> skipped = new ArrayList<>();
        try (CachedTransformer plain = model.newIsolatedGeneration();
                CachedTransformer cached = model.newIsolatedGeneration()) {
            cached.enableCache(candidate.build());
            for (int round = -1; round < rounds; round++) {
                plain.resetCache();
                StepClock without = new StepClock(original == null ? plain : original);
                rolledOut(without, 0);
                Run run = new Run(cached);
                StepClock with = new StepClock(cached);
                run.of(0, with);
                // The first round opens sessions.
                if (round >= 0) {
                    uncached.add(without.mean());
                    ratios.add(without.mean() / with.mean());
                    for (int t = 0; t < with.millis().size(); t++) {
                        boolean on = t >= run.mask.length() || run.mask.charAt(t) == '1';
                        (on ? computed : skipped).add(with.millis().get(t));
                    }
                }
            }
        }
        return new Timing(
                Timing.median(uncached), Timing.median(computed), Timing.median(skipped), Timing.median(ratios));
    }

    /** Runs a candidate on these samples. */
    Measured run(Candidate candidate, int from, int to) {
        return run(candidate, from, to, null);
    }

    /**
     * Runs a candidate on these samples.
     *
     * @param mask takes which steps computed, of the first sample
     */
    Measured run(Candidate candidate, int from, int to, @Nullable StringBuilder mask) {
        List<Double> psnrs = new ArrayList<>();
        double share = 0;
        double millis = 0;
        try (CachedTransformer cached = model.newIsolatedGeneration()) {
            cached.enableCache(candidate.build());
            for (int sample = from; sample < to; sample++) {
                Run run = new Run(cached);
                List<float[]> results = run.of(sample);
                List<float[]> expected = references.get(sample);
                if (expected.size() != results.size()) {
                    throw new IllegalStateException("the rollout of sample " + sample + " gave " + results.size()
                            + " results, and another number without a policy");
                }
                for (int i = 0; i < results.size(); i++) {
                    psnrs.add(psnr(results.get(i), expected.get(i)));
                }
                share += cached.summary().computedShare() / (to - from);
                millis += run.millis() / (to - from);
                if (mask != null && sample == from) {
                    mask.append(run.mask);
                }
            }
        }
        double mean = psnrs.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        Measured measured = new Measured(candidate, mean, standardError(psnrs, mean), share, millis);
        tried.add(measured);
        return measured;
    }

    private static double standardError(List<Double> values, double mean) {
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        int n = values.size();
        return n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n);
    }

    private double psnr(float[] found, float[] expected) {
        if (found.length != expected.length) {
            throw new IllegalStateException(
                    "the rollout gave " + found.length + " values, and " + expected.length + " without a policy");
        }
        double error = 0;
        for (int i = 0; i < found.length; i++) {
            double difference = (double) found[i] - expected[i];
            error += difference * difference;
        }
        if (!Double.isFinite(error)) {
            return 0;
        }
        return Math.min(CEILING, 10 * Math.log10(peak * peak * found.length / Math.max(error, 1e-30)));
    }

    /** One generation, with its steps. */
    private final class Run {
        private final CachedTransformer generation;
        private final StringBuilder mask = new StringBuilder();
        private double nanos;
        private int traced;

        Run(CachedTransformer generation) {
            this.generation = generation;
        }

        List<float[]> of(int sample) {
            return of(sample, generation);
        }

        List<float[]> of(int sample, DenoisingModel seen) {
            generation.resetCache();
            generation.onStep(this::add);
            List<float[]> results = rolledOut(seen, sample);
            generation.onStep(step -> {});
            return results;
        }

        private void add(StepTrace step) {
            nanos += step.nanos();
            traced++;
            boolean computed = step.decisions().isEmpty()
                    || step.decisions().stream().anyMatch(each -> each.decision() == Decision.COMPUTE);
            while (mask.length() <= step.step()) {
                mask.append('0');
            }
            if (computed) {
                mask.setCharAt(step.step(), '1');
            }
        }

        int steps() {
            return mask.length();
        }

        double millis() {
            return nanos / 1e6 / Math.max(1, traced);
        }
    }
}
