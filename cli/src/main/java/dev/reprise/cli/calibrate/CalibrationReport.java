package dev.reprise.cli.calibrate;

import dev.reprise.cli.calibrate.TargetSearch.Suggestion;
import dev.reprise.cli.command.CommandException;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.text.Units;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What calibrating a model found.
 *
 * @param model the model's file
 * @param sourceHash its hash
 * @param calibration what was measured
 * @param sensitivities for SenCache, null where they were not asked for
 * @param cut speedup of the cut model without a policy, null where the clock was not asked
 * @param suggestions one for each target and policy
 * @param unsupported policies that this model cannot take
 */
record CalibrationReport(
        String model,
        String sourceHash,
        Calibration calibration,
        @Nullable Sensitivities sensitivities,
        @Nullable PairedSpeedup cut,
        List<Suggested> suggestions,
        List<Unsupported> unsupported) {
    CalibrationReport {
        suggestions = List.copyOf(suggestions);
        unsupported = List.copyOf(unsupported);
    }

    /** Targets in the order in which they were given. */
    List<Target> targets() {
        return suggestions.stream().map(Suggested::target).distinct().toList();
    }

    /**
     * What was found for a target, best first: what reaches it, then by what the target does not fix, quality at a speedup and speed
     * at a quality.
     */
    List<Suggested> ranking(Target target) {
        return suggestions.stream()
                .filter(suggested -> suggested.target().equals(target))
                .sorted(Comparator.comparing((Suggested suggested) -> !suggested.reached())
                        .thenComparing(
                                Comparator.comparingDouble(Suggested::merit).reversed()))
                .toList();
    }

    /** The best for the first target; empty where nothing reaches it. */
    Optional<Suggestion> winner() {
        return targets().stream().findFirst().flatMap(this::winner);
    }

    Optional<Suggestion> winner(Target target) {
        return ranking(target).stream()
                .filter(Suggested::reached)
                .findFirst()
                .map(suggested -> Objects.requireNonNull(suggested.suggestion()));
    }

    /** @throws CommandException when no policy reaches a target */
    void requireReached() {
        List<String> missed = targets().stream()
                .filter(target -> winner(target).isEmpty())
                .map(Target::toString)
                .toList();
        if (!missed.isEmpty()) {
            throw CommandException.failed("no policy reaches " + String.join(" and ", missed));
        }
    }

    /** What a target is about. */
    enum Quantity {
        /** Time of the original model over time with the policy. */
        SPEEDUP,
        /** Closeness to the outputs without a policy, dB. */
        PSNR
    }

    /** What the parameters are to reach. */
    record Target(Quantity quantity, double value) {
        /** {@code 1.50×}, {@code 35.0 dB}. */
        @Override
        public String toString() {
            return quantity == Quantity.PSNR ? Units.decibel(value) : Units.times(value);
        }
    }

    /**
     * Parameters of a policy for a target.
     *
     * @param suggestion null where no parameters reach the target
     */
    record Suggested(Target target, String policy, @Nullable Suggestion suggestion) {
        /** What the target leaves open: more is better. */
        double merit() {
            if (suggestion == null) {
                return Double.NEGATIVE_INFINITY;
            }
            return target.quantity() == Quantity.PSNR
                    ? suggestion.speedup()
                    : suggestion.outcome().psnr();
        }

        boolean reached() {
            if (suggestion == null) {
                return false;
            }
            return target.quantity() == Quantity.PSNR
                    || Math.abs(suggestion.speedup() / target.value() - 1) <= TargetSearch.TOLERANCE;
        }
    }

    /** A policy that this model cannot take, and why. */
    record Unsupported(String policy, String reason) {}
}
