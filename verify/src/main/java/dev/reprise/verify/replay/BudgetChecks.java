package dev.reprise.verify.replay;

import dev.reprise.verify.api.Budget;
import dev.reprise.verify.api.BudgetCheck;
import dev.reprise.verify.api.OutputErrors;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.text.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Compares a run with the limits of its budget. */
final class BudgetChecks {
    private BudgetChecks() {}

    /**
     * Compares a run with the limits.
     *
     * @param quality outputs against the recorded ones without a policy
     * @param speedup measured when it is asked for
     */
    static List<BudgetCheck> of(
            Budget budget, OutputErrors quality, double computedShare, Supplier<PairedSpeedup> speedup) {
        List<BudgetCheck> checks = new ArrayList<>();
        Double minPsnr = budget.minPsnr();
        if (minPsnr != null) {
            checks.add(BudgetCheck.of(
                    "min_psnr",
                    quality.psnr() >= minPsnr,
                    "PSNR " + Units.decibel(quality.psnr()) + ", at least " + Units.decibel(minPsnr)));
        }
        Double maxError = budget.maxError();
        if (maxError != null) {
            checks.add(BudgetCheck.of(
                    "max_error",
                    quality.worst() <= maxError,
                    "error " + Units.error(quality.worst()) + " at step " + quality.worstStep() + ", at most "
                            + Units.error(maxError)));
        }
        Double maxComputed = budget.maxComputed();
        if (maxComputed != null) {
            checks.add(BudgetCheck.of(
                    "max_computed",
                    computedShare <= maxComputed,
                    Units.percent(computedShare) + " computed, at most " + Units.percent(maxComputed)));
        }
        Double minSpeedup = budget.minSpeedup();
        if (minSpeedup != null) {
            checks.add(speedup(speedup.get(), minSpeedup));
        }
        return checks;
    }

    /** Too slow only if the whole interval is; undecided where the limit lies in it. */
    static BudgetCheck speedup(PairedSpeedup found, double least) {
        String text = "speedup " + Units.times(found.median()) + " (" + Units.times(found.low()) + " to "
                + Units.times(found.high()) + "), at least " + Units.times(least);
        if (found.low() < least && found.high() >= least) {
            return new BudgetCheck(
                    "min_speedup", BudgetCheck.Outcome.UNDECIDED, text + ": this machine is too noisy to tell");
        }
        return BudgetCheck.of("min_speedup", found.low() >= least, text);
    }
}
