package dev.reprise.cli.demo;

import dev.reprise.cli.calibrate.Calibration;
import dev.reprise.cli.calibrate.CalibrationProbe;
import dev.reprise.cli.demo.DemoSettings.Setting;
import dev.reprise.cli.measure.Workload;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.verify.run.PolicyChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Draws in a closed loop, from noise of its own, to find parameters: errors add up as they do in use. */
final class DemoWorkload implements Workload {
    private final DenoisingModel original;
    private final CachedTransformer loaded;
    private final EulerSampler sampler;
    private final List<float[]> noises;
    private final List<float[]> references = new ArrayList<>();

    /**
     * A workload.
     *
     * @param original what speedups refer to
     * @param loaded what policies run on
     */
    DemoWorkload(DenoisingModel original, CachedTransformer loaded, EulerSampler sampler, List<float[]> noises) {
        this.original = original;
        this.loaded = loaded;
        this.sampler = sampler;
        this.noises = List.copyOf(noises);
        noises.forEach(noise -> references.add(sampler.sample(original, noise)));
    }

    /** What every step differs by from the one before, and the tables that follow from it. */
    Calibration calibrate() {
        CalibrationProbe probe = new CalibrationProbe();
        try (CachedTransformer generation = loaded.newGeneration()) {
            generation.enableCache(probe);
            sampler.sample(generation, noises.get(0));
        }
        return new Calibration(sampler.steps(), Map.of("demo", probe.figures()));
    }

    @Override
    public Outcome run(PolicyChoice choice) {
        try (CachedTransformer generation = loaded.newGeneration()) {
            generation.enableCache(choice.policy());
            double error = 0;
            double share = 0;
            for (int i = 0; i < noises.size(); i++) {
                generation.resetCache();
                error += Judge.squaredError(sampler.sample(generation, noises.get(i)), references.get(i));
                share += generation.summary().computedShare() / noises.size();
            }
            return new Outcome(share, Judge.psnr(error, (long) noises.size() * references.get(0).length));
        }
    }

    @Override
    public double speedup(PolicyChoice choice) {
        CachedTransformer generation = loaded.newGeneration();
        try (Contestant contestant = new Contestant(new Setting("", "", choice), generation)) {
            generation.enableCache(choice.policy());
            noises.forEach(noise -> contestant.run(sampler, noise, original));
            return contestant.speedup().median();
        }
    }
}
