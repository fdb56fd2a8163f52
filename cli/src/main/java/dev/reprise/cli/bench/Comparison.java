package dev.reprise.cli.bench;

import dev.reprise.verify.run.PairedSpeedup;

/**
 * A way to run the model, now and in the baseline. Both speedups are over the original in the same process, which makes one machine's
 * good and bad days comparable.
 *
 * @param name the policy's label, or {@link BenchResult#CUT}
 * @param before its speedup in the baseline
 * @param now its speedup now
 * @param outcome whether it is as fast as it has to be
 */
record Comparison(String name, PairedSpeedup before, PairedSpeedup now, Outcome outcome) {
    enum Outcome {
        KEPT,
        SLOWER,
        /** The limit lies in the interval: neither passed nor failed. */
        UNDECIDED
    }

    /** Slower only if the whole interval is below the limit. */
    static Comparison of(String name, PairedSpeedup before, PairedSpeedup now, double least) {
        PairedSpeedup ratio = ratio(before, now);
        Outcome outcome =
                ratio.high() < least ? Outcome.SLOWER : ratio.low() < least ? Outcome.UNDECIDED : Outcome.KEPT;
        return new Comparison(name, before, now, outcome);
    }

    /** How fast it is now, in terms of the baseline; the interval holds whatever both intervals allow. */
    PairedSpeedup ratio() {
        return ratio(before, now);
    }

    private static PairedSpeedup ratio(PairedSpeedup before, PairedSpeedup now) {
        return new PairedSpeedup(now.median() / before.median(), now.low() / before.high(), now.high() / before.low());
    }
}
