package dev.reprise.cli.demo;

import dev.reprise.cli.calibrate.Calibration;
import dev.reprise.cli.calibrate.CalibrationProbe;
import dev.reprise.cli.measure.StepTimes;
import dev.reprise.cli.measure.Workload;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.verify.run.PolicyChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Draws the ten digits in a closed loop, from noise of its own, to find parameters: errors add up as they do in use. */
final class DigitsWorkload implements Workload {
    private static final int ROUNDS = 2;

    private final CachedTransformer plain;
    private final CachedTransformer loaded;
    private final EulerSampler sampler;
    private final List<float[]> noises;
    private final StoredTensor captions;
    private final List<float[]> references = new ArrayList<>();

    /**
     * A workload.
     *
     * @param plain what speedups refer to
     * @param loaded what policies run on
     */
    DigitsWorkload(
            CachedTransformer plain,
            CachedTransformer loaded,
            EulerSampler sampler,
            List<float[]> noises,
            StoredTensor captions) {
        this.plain = plain;
        this.loaded = loaded;
        this.sampler = sampler;
        this.noises = List.copyOf(noises);
        this.captions = captions;
        try (CachedTransformer generation = plain.newGeneration()) {
            noises.forEach(noise -> references.add(sample(generation, noise)));
        }
    }

    /** What every step differs by from the one before, and the tables that follow from it. */
    Calibration calibrate(int steps) {
        CalibrationProbe probe = new CalibrationProbe();
        try (CachedTransformer generation = loaded.newGeneration()) {
            generation.enableCache(probe);
            sample(generation, noises.get(0));
        }
        return new Calibration(steps, Map.of("digits", probe.figures()));
    }

    @Override
    public Outcome run(PolicyChoice choice) {
        try (CachedTransformer generation = loaded.newGeneration()) {
            generation.enableCache(choice.policy());
            double error = 0;
            double share = 0;
            for (int i = 0; i < noises.size(); i++) {
                generation.resetCache();
                error += Judge.squaredError(sample(generation, noises.get(i)), references.get(i));
                share += generation.summary().computedShare() / noises.size();
            }
            return new Outcome(share, Judge.psnr(error, (long) noises.size() * references.get(0).length));
        }
    }

    @Override
    public double speedup(PolicyChoice choice) {
        try (CachedTransformer without = plain.newGeneration();
                CachedTransformer with = loaded.newGeneration()) {
            with.enableCache(choice.policy());
            StepTimes withoutTimes = new StepTimes();
            StepTimes withTimes = new StepTimes();
            for (int round = 0; round < ROUNDS; round++) {
                for (float[] noise : noises) {
                    withoutTimes.add(traced(without, noise));
                    withTimes.add(traced(with, noise));
                }
            }
            return withoutTimes.meanNanos() / withTimes.meanNanos();
        }
    }

    private List<StepTrace> traced(CachedTransformer generation, float[] noise) {
        generation.resetCache();
        sample(generation, noise);
        return generation.trace();
    }

    private float[] sample(CachedTransformer generation, float[] noise) {
        return sampler.sample(generation, noise, Digits.shape(), captions);
    }
}
