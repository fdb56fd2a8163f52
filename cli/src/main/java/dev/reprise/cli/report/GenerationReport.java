package dev.reprise.cli.report;

import dev.reprise.verify.api.StepMap;
import java.util.List;

/**
 * One policy at one setting: what it computed, what it took, what came out.
 *
 * @param policy the policy's name as on the command line
 * @param family its name for people
 * @param setting the parameters that this setting is about, for people
 * @param configuration the policy's configuration as JSON
 * @param computedShare share of the multiply-adds that was computed
 * @param nanosPerStep mean time of a step
 * @param speedup time without cache / this time
 * @param psnr PSNR to the samples without cache in dB, peak 2; infinite where they are identical
 * @param accuracy share of the samples that the classifier recognises as what was asked for
 * @param cacheBytes bytes kept for the next step, at most
 * @param samples one square sample for each digit, values in −1..1
 * @param map steps × modules of the first generation
 */
public record GenerationReport(
        String policy,
        String family,
        String setting,
        String configuration,
        double computedShare,
        double nanosPerStep,
        double speedup,
        double psnr,
        double accuracy,
        long cacheBytes,
        List<float[]> samples,
        StepMap map) {
    public GenerationReport {
        samples = List.copyOf(samples);
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("a report needs at least one sample");
        }
    }

    /** {@code First Block Cache · threshold 0.1}. */
    public String title() {
        return setting.isEmpty() ? family : family + " · " + setting;
    }

    /** Whether no pixel differs from the samples without cache. */
    boolean isIdentical() {
        return psnr == Double.POSITIVE_INFINITY;
    }

    /** Width and height of a sample. */
    int sampleSize() {
        return (int) Math.round(Math.sqrt(samples.get(0).length));
    }
}
