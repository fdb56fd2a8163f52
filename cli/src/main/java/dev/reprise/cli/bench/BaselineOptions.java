package dev.reprise.cli.bench;

import dev.reprise.cli.command.CommandException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Comparing with an earlier run, and failing when something became slower. */
final class BaselineOptions {
    @Option(
            names = "--baseline",
            paramLabel = "FILE",
            description =
                    "Compare with an earlier run: what 'bench --format json' printed on this machine for this model.")
    private @Nullable String baseline;

    @Option(
            names = "--fail-below",
            paramLabel = "SHARE",
            description = "Fail with exit code 4 when the speedup over the original is less than this share of the"
                    + " baseline's, whole interval and all: 0.95.")
    private @Nullable Double failBelow;

    @Option(
            names = "--any-baseline",
            description =
                    "Compare with a baseline of another machine, model, provider, or number of threads or steps, too.")
    private boolean any;

    /** @throws CommandException when the options contradict */
    void check(int rounds) {
        if (baseline == null) {
            if (failBelow != null || any) {
                throw CommandException.usage("--fail-below and --any-baseline need --baseline");
            }
            return;
        }
        if (failBelow != null && !(failBelow > 0 && failBelow <= 10)) {
            throw CommandException.usage("--fail-below must be in (0, 10], was " + failBelow);
        }
        if (rounds < Baseline.FEWEST_ROUNDS) {
            throw CommandException.usage(
                    "--baseline needs --rounds " + Baseline.FEWEST_ROUNDS + " or more, was " + rounds);
        }
        Baseline.read(baseline);
    }

    /** Empty where there is no baseline. */
    List<Comparison> compare(BenchResult result) {
        if (baseline == null) {
            return List.of();
        }
        Baseline before = Baseline.read(baseline);
        if (!any) {
            before.requireComparable(result);
        }
        return before.compare(result, failBelow == null ? 0 : failBelow);
    }

    /** @throws CommandException when something became slower than it may */
    void requireKept(List<Comparison> compared) {
        List<String> slower = compared.stream()
                .filter(each -> each.outcome() == Comparison.Outcome.SLOWER)
                .map(each -> String.format(
                        Locale.ROOT,
                        "%s %.2f (%.2f to %.2f)",
                        each.name(),
                        each.ratio().median(),
                        each.ratio().low(),
                        each.ratio().high()))
                .toList();
        if (!slower.isEmpty()) {
            throw CommandException.regression(
                    "slower than " + failBelow + " of the baseline: " + String.join(", ", slower));
        }
    }
}
