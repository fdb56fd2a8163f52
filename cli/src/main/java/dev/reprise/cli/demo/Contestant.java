package dev.reprise.cli.demo;

import dev.reprise.cli.demo.DemoSettings.Setting;
import dev.reprise.cli.report.GenerationReport;
import dev.reprise.cli.report.Samples;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.report.TraceMap;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.run.PolicyChoice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One policy at one setting through all rounds of the demo, always side by side with the original model. */
final class Contestant implements AutoCloseable {
    private final Setting setting;
    private final CachedTransformer generation;
    private final List<float[]> drawn = new ArrayList<>();
    private final List<float[]> originals = new ArrayList<>();
    private final List<Double> ratios = new ArrayList<>();
    private long nanos;
    private long originalNanos;
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

    /** Draws all prompts once more. The original takes each of its steps right before or after, in turn: both meet the same machine. */
    void run(EulerSampler sampler, float[] noise, DenoisingModel original) {
        generation.resetCache();
        try (EulerSampler.Batch plain = sampler.begin(noise);
                EulerSampler.Batch cached = sampler.begin(noise)) {
            for (int i = 0; i < sampler.steps(); i++) {
                boolean first = (i + drawn.size()) % 2 == 0;
                (first ? plain : cached).step(first ? original : generation, i);
                (first ? cached : plain).step(first ? generation : original, i);
            }
            originals.add(plain.samples());
            drawn.add(cached.samples());
            ratios.add((double) plain.nanos() / cached.nanos());
            nanos += cached.nanos();
            originalNanos += plain.nanos();
        }
        if (map == null) {
            map = TraceMap.of(generation.manifest(), generation.trace());
        }
        computedShare += generation.summary().computedShare();
        cacheBytes = Math.max(cacheBytes, generation.summary().peakCacheBytes());
    }

    /** Over the original, from the rounds so far. */
    PairedSpeedup speedup() {
        return PairedSpeedup.of(ratios.stream().mapToDouble(ratio -> ratio).toArray());
    }

    GenerationReport report(DemoModel model, Judge judge, int steps) {
        StepMap shown = map;
        if (shown == null) {
            throw new IllegalStateException("nothing was run yet");
        }
        double error = 0;
        for (int round = 0; round < drawn.size(); round++) {
            error += Judge.squaredError(drawn.get(round), originals.get(round));
        }
        long values = (long) drawn.size() * drawn.get(0).length;
        return new GenerationReport(
                setting.choice(),
                setting.family(),
                setting.setting(),
                computedShare / drawn.size(),
                (double) nanos / drawn.size() / steps,
                speedup(),
                Judge.psnr(error, values),
                judge.confidence(drawn),
                cacheBytes,
                Samples.of(drawn.get(0), model.sample()),
                shown);
    }

    /** The original's samples of the same rounds, for the first line. */
    GenerationReport original(DemoModel model, Judge judge, int steps) {
        return new GenerationReport(
                PolicyChoice.of("none"),
                "Original",
                "no cache",
                1,
                (double) originalNanos / originals.size() / steps,
                PairedSpeedup.of(1),
                Double.POSITIVE_INFINITY,
                judge.confidence(originals),
                0,
                Samples.of(originals.get(0), model.sample()),
                StepMap.NONE);
    }

    @Override
    public void close() {
        generation.close();
    }
}
