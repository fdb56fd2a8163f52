package dev.reprise.cli.tune;

import dev.reprise.cli.command.CommandException;
import dev.reprise.runtime.tune.Budget;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The one budget of a search. */
final class BudgetOptions {
    @Option(
            names = "--evaluations",
            paramLabel = "N",
            description = "So many model evaluations of a generation, by their multiply-adds.")
    private @Nullable Integer evaluations;

    @Option(names = "--max-step-ms", paramLabel = "MS", description = "A mean time of a step of so many milliseconds.")
    private @Nullable Double maxStepMillis;

    @Option(names = "--target-speedup", paramLabel = "X", description = "So many times faster than without a policy.")
    private @Nullable Double targetSpeedup;

    @Option(
            names = "--min-psnr",
            paramLabel = "DB",
            description = "As few evaluations as keep this mean PSNR to the results without a policy.")
    private @Nullable Double minPsnr;

    Budget budget() {
        List<Budget> budgets = new ArrayList<>();
        try {
            if (evaluations != null) {
                budgets.add(new Budget(Budget.Kind.EVALUATIONS, evaluations));
            }
            if (maxStepMillis != null) {
                budgets.add(new Budget(Budget.Kind.MAX_STEP_MS, maxStepMillis));
            }
            if (targetSpeedup != null) {
                budgets.add(new Budget(Budget.Kind.TARGET_SPEEDUP, targetSpeedup));
            }
            if (minPsnr != null) {
                budgets.add(new Budget(Budget.Kind.MIN_PSNR, minPsnr));
            }
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
        if (budgets.size() != 1) {
            throw CommandException.usage(
                    "expected one of --evaluations, --max-step-ms, --target-speedup and --min-psnr, found "
                            + budgets.size());
        }
        return budgets.get(0);
    }
}
