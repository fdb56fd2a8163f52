package dev.reprise.cli.verify;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.reprise.cli.measure.PairedSpeedup;
import dev.reprise.cli.text.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a policy may cost in quality and has to save, besides doing as recorded. Null where there is no limit.
 *
 * @param minPsnr smallest PSNR to the recorded outputs without a policy, dB of their range
 * @param maxError largest error of a step against the recorded outputs without a policy, relative to the largest value
 * @param maxComputed largest share of the multiply-adds that may be computed
 * @param minSpeedup smallest measured speedup over the run without a policy
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Budget(
        @Nullable Double minPsnr,
        @Nullable Double maxError,
        @Nullable Double maxComputed,
        @Nullable Double minSpeedup) {

    static final Budget NONE = new Budget(null, null, null, null);

    Budget {
        require("min_psnr", minPsnr, 0, 300);
        require("max_error", maxError, 0, Double.MAX_VALUE);
        require("max_computed", maxComputed, Double.MIN_VALUE, 1);
        require("min_speedup", minSpeedup, Double.MIN_VALUE, 1000);
    }

    private static void require(String name, @Nullable Double value, double low, double high) {
        if (value != null && !(value >= low && value <= high)) {
            String from = low == 0 ? "[0, " : "(0, ";
            String to = high == Double.MAX_VALUE ? "∞)" : (long) high + "]";
            throw new IllegalArgumentException(name + " must be in " + from + to + ", was " + value);
        }
    }

    /** These limits, and those of another budget where this has none. */
    Budget or(Budget other) {
        return new Budget(
                minPsnr != null ? minPsnr : other.minPsnr,
                maxError != null ? maxError : other.maxError,
                maxComputed != null ? maxComputed : other.maxComputed,
                minSpeedup != null ? minSpeedup : other.minSpeedup);
    }

    /**
     * Compares a run with the limits.
     *
     * @param quality outputs against the recorded ones without a policy
     * @param speedup measured when it is asked for
     */
    List<BudgetCheck> check(OutputErrors quality, double computedShare, Supplier<PairedSpeedup> speedup) {
        List<BudgetCheck> checks = new ArrayList<>();
        if (minPsnr != null) {
            checks.add(BudgetCheck.of(
                    "min_psnr",
                    quality.psnr() >= minPsnr,
                    "PSNR " + Units.decibel(quality.psnr()) + ", at least " + Units.decibel(minPsnr)));
        }
        if (maxError != null) {
            checks.add(BudgetCheck.of(
                    "max_error",
                    quality.worst() <= maxError,
                    "error " + Units.error(quality.worst()) + " at step " + quality.worstStep() + ", at most "
                            + Units.error(maxError)));
        }
        if (maxComputed != null) {
            checks.add(BudgetCheck.of(
                    "max_computed",
                    computedShare <= maxComputed,
                    Units.percent(computedShare) + " computed, at most " + Units.percent(maxComputed)));
        }
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
