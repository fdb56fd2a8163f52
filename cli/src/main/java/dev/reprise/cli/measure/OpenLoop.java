package dev.reprise.cli.measure;

import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Original;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.run.Playback;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.run.Psnr;
import dev.reprise.verify.run.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Replays given inputs: the next input does not depend on the output, so errors do not add up as they do in a denoising loop. The
 * peak that PSNR refers to is the range of the outputs without a policy.
 */
public final class OpenLoop implements Workload {
    private static final int ROUNDS = 5;

    private final CachedTransformer loaded;
    private final Original original;
    private final InputSource source;
    private final List<float[]> reference;
    private final double peak;

    public OpenLoop(CachedTransformer loaded, Original original, InputSource source) {
        this.loaded = loaded;
        this.original = original;
        this.source = source;
        try (CachedTransformer generation = loaded.newGeneration()) {
            reference = outputs(generation, step -> {});
        }
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (float[] output : reference) {
            for (float value : output) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
        }
        peak = (double) high - low;
    }

    @Override
    public Outcome run(PolicyChoice choice) {
        return run(choice, step -> {});
    }

    /**
     * As {@link #run(PolicyChoice)}.
     *
     * @param listener told every step of it
     */
    public Outcome run(PolicyChoice choice, Consumer<StepTrace> listener) {
        try (CachedTransformer generation = loaded.newGeneration()) {
            generation.enableCache(choice.policy());
            double error = 0;
            long count = 0;
            List<float[]> outputs = outputs(generation, listener);
            for (int step = 0; step < outputs.size(); step++) {
                float[] found = outputs.get(step);
                float[] expected = reference.get(step);
                for (int i = 0; i < found.length; i++) {
                    double difference = (double) found[i] - expected[i];
                    error += difference * difference;
                }
                count += found.length;
            }
            return new Outcome(generation.summary().computedShare(), Psnr.of(peak, error, count));
        }
    }

    private List<float[]> outputs(CachedTransformer generation, Consumer<StepTrace> listener) {
        List<float[]> all = new ArrayList<>();
        Playback.runTraced(generation, source, (trace, outputs) -> {
            listener.accept(trace);
            all.add(Tensors.floats(Tensors.fromNative(outputs.first())));
        });
        return all;
    }

    @Override
    public double speedup(PolicyChoice choice) {
        try (CachedTransformer generation = loaded.newGeneration()) {
            generation.enableCache(choice.policy());
            return PairedSpeedup.of(ROUNDS, original.model(), generation, source)
                    .median();
        }
    }
}
