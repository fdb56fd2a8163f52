package dev.reprise.cli.verify;

import dev.reprise.cli.command.CommandException;
import dev.reprise.verify.api.Budget;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Limits for every policy that is replayed. */
final class BudgetOptions {
    @Option(
            names = "--min-psnr",
            paramLabel = "DB",
            description = "Smallest PSNR of a policy's outputs to those recorded without a policy.")
    private @Nullable Double minPsnr;

    @Option(
            names = "--max-error",
            paramLabel = "E",
            description =
                    "Largest error of a policy's step against the outputs recorded without a policy, relative to the"
                            + " largest value.")
    private @Nullable Double maxError;

    @Option(
            names = "--max-computed",
            paramLabel = "SHARE",
            description = "Largest share of the multiply-adds that a policy may compute: 0.7.")
    private @Nullable Double maxComputed;

    @Option(
            names = "--min-speedup",
            paramLabel = "X",
            description = "Smallest speedup over the original model, measured in turn with it in 11 rounds. Where the"
                    + " machine is too noisy to tell it neither passes nor fails. These limits may stand in reprise.yml or"
                    + " reprise.json beside the recording, for each policy.")
    private @Nullable Double minSpeedup;

    @Option(
            names = "--budgets",
            paramLabel = "FILE",
            description = "A file with limits for each policy, in place of the reprise.yml or reprise.json beside a"
                    + " recording.")
    private @Nullable Path file;

    /** Null for those beside the recordings. */
    @Nullable
    Path file() {
        return file;
    }

    Budget budget() {
        try {
            return new Budget(minPsnr, maxError, maxComputed, minSpeedup);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage("--" + String.valueOf(e.getMessage()).replaceFirst("_", "-"));
        }
    }
}
