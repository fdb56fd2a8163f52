package org.example.spark;

import dev.reprise.cache.Decision;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.StepTrace;
import java.util.List;
import java.util.function.Supplier;

/** Draws row after row, each a generation of its own. Knows nothing of Spark; one thread's at a time. */
final class PictureGenerator implements AutoCloseable {
    private final CachedTransformer cached;
    private final Supplier<CachedTransformer> plainGeneration;
    private final DigitsSampler sampler;
    private CachedTransformer plain;

    /**
     * A generator.
     *
     * @param cached with the policy; this object's from now on
     * @param plainGeneration makes one without, where quality is measured
     */
    PictureGenerator(CachedTransformer cached, Supplier<CachedTransformer> plainGeneration, DigitsSampler sampler) {
        this.cached = cached;
        this.plainGeneration = plainGeneration;
        this.sampler = sampler;
    }

    /**
     * Draws a row.
     *
     * @param measured whether to draw it without a cache too, and compare
     * @param beforeStep runs before every step; what it throws ends the generation
     * @throws InvalidRowException when what comes out is no picture
     */
    Drawing draw(PromptRow row, boolean measured, Runnable beforeStep) {
        cached.resetCache();
        long start = System.nanoTime();
        GreyPicture picture = new GreyPicture(sampler.sample(cached, row, beforeStep));
        double millis = (System.nanoTime() - start) / 1e6;
        List<Drawing.StepRow> steps =
                cached.trace().stream().map(PictureGenerator::step).toList();
        double computedShare = cached.summary().computedShare();
        Double psnr = measured ? picture.psnr(uncached(row, beforeStep)) : null;
        return new Drawing(picture.png(), picture.sha256(), psnr, computedShare, steps, millis);
    }

    private GreyPicture uncached(PromptRow row, Runnable beforeStep) {
        if (plain == null) {
            plain = plainGeneration.get();
        }
        plain.resetCache();
        return new GreyPicture(sampler.sample(plain, row, beforeStep));
    }

    private static Drawing.StepRow step(StepTrace trace) {
        String decision = !trace.reused()
                ? "compute"
                : trace.decisions().stream().anyMatch(made -> made.decision() == Decision.PREDICT)
                        ? "predict"
                        : "reuse";
        return new Drawing.StepRow(trace.step(), decision, trace.computedShare());
    }

    @Override
    public void close() {
        try {
            cached.close();
        } finally {
            if (plain != null) {
                plain.close();
            }
        }
    }
}
