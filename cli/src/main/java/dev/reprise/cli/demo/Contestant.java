package dev.reprise.cli.demo;

import dev.reprise.cli.demo.DemoSettings.Setting;
import dev.reprise.cli.measure.StepTimes;
import dev.reprise.cli.report.GenerationReport;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.report.TraceMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One policy at one setting through all rounds of the demo: its samples, its times, what it computed. */
final class Contestant implements AutoCloseable {
    private final Setting setting;
    private final CachedTransformer generation;
    private final List<float[]> rounds = new ArrayList<>();
    private final StepTimes times = new StepTimes();
    private double computedShare;
    private long cacheBytes;
    private @Nullable StepMap map;

    /** The generation is this object's from now on; the setting's policy is enabled already. */
    Contestant(Setting setting, CachedTransformer generation) {
        this.setting = setting;
        this.generation = generation;
    }

    Setting setting() {
        return setting;
    }

    /** Draws the ten digits once more. */
    void run(EulerSampler sampler, float[] noise, StoredTensor captions) {
        generation.resetCache();
        rounds.add(sampler.sample(generation, noise, Digits.shape(), captions));
        times.add(generation.trace());
        if (map == null) {
            map = TraceMap.of(generation.manifest(), generation.trace());
        }
        computedShare += generation.summary().computedShare();
        cacheBytes = Math.max(cacheBytes, generation.summary().peakCacheBytes());
    }

    /** Draws the digits for the time it takes alone. */
    void time(EulerSampler sampler, float[] noise, StoredTensor captions) {
        generation.resetCache();
        sampler.sample(generation, noise, Digits.shape(), captions);
        times.add(generation.trace());
    }

    GenerationReport report(Contestant uncached, Judge judge) {
        StepMap drawn = map;
        if (drawn == null) {
            throw new IllegalStateException("nothing was run yet");
        }
        int recognised = 0;
        double error = 0;
        for (int round = 0; round < rounds.size(); round++) {
            recognised += judge.recognised(rounds.get(round));
            error += Judge.squaredError(rounds.get(round), uncached.rounds.get(round));
        }
        long samples = (long) rounds.size() * Digits.PROMPTS;
        return new GenerationReport(
                setting.choice().type().id(),
                setting.family(),
                setting.setting(),
                setting.choice().parameters().toString(),
                computedShare / rounds.size(),
                times.meanNanos(),
                uncached.times.meanNanos() / times.meanNanos(),
                Judge.psnr(error, samples * Digits.PIXELS),
                (double) recognised / samples,
                cacheBytes,
                firstSamples(),
                drawn);
    }

    private List<float[]> firstSamples() {
        List<float[]> samples = new ArrayList<>();
        for (int digit = 0; digit < Digits.PROMPTS; digit++) {
            samples.add(Arrays.copyOfRange(rounds.get(0), digit * Digits.PIXELS, (digit + 1) * Digits.PIXELS));
        }
        return samples;
    }

    @Override
    public void close() {
        generation.close();
    }
}
