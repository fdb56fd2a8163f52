package dev.reprise.cli.report;

import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.run.PolicyChoice;
import java.util.OptionalDouble;

/**
 * One policy at one setting: what it computed, what it took, what came out.
 *
 * @param choice the policy and its parameters
 * @param family its name for people
 * @param setting the parameters that this setting is about, for people
 * @param computedShare share of the multiply-adds that was computed
 * @param nanosPerStep mean time of a step
 * @param speedup over the original model in a plain session
 * @param psnr PSNR to the samples of the original in dB, peak 2; infinite where they are identical
 * @param confidence how sure a classifier is of what was asked for, where there is one
 * @param cacheBytes bytes kept for the next step, at most
 * @param samples one sample for each prompt, of the first round
 * @param map steps × modules of the first generation
 */
public record GenerationReport(
        PolicyChoice choice,
        String family,
        String setting,
        double computedShare,
        double nanosPerStep,
        PairedSpeedup speedup,
        double psnr,
        OptionalDouble confidence,
        long cacheBytes,
        Samples samples,
        StepMap map) {
    /** Below this share of the multiply-adds something was skipped. */
    private static final double SKIPPED = 0.995;

    /** A gain below this is none, whatever the clock says. */
    private static final double WORTH_TELLING = 1.03;

    /** {@code First Block Cache · threshold 0.1}. */
    public String title() {
        return setting.isEmpty() ? family : family + " · " + setting;
    }

    /** Whether this is the model as it was exported. */
    public boolean isOriginal() {
        return map.steps() == 0;
    }

    /** Whether no pixel differs from the samples of the original. */
    boolean isIdentical() {
        return psnr == Double.POSITIVE_INFINITY;
    }

    /** Whether it skipped something and was faster in every round. */
    boolean isGain() {
        return computedShare < SKIPPED && speedup.low() > WORTH_TELLING;
    }
}
