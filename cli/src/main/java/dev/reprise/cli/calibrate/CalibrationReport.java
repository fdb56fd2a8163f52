package dev.reprise.cli.calibrate;

import dev.reprise.cli.calibrate.TargetSearch.Suggestion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What calibrating a model found.
 *
 * @param model the model's file
 * @param sourceHash its hash
 * @param calibration what was measured
 * @param sensitivities for SenCache, null where they were not asked for
 * @param suggestions one for each target and policy
 * @param unsupported policies that this model cannot take
 */
record CalibrationReport(
        String model,
        String sourceHash,
        Calibration calibration,
        @Nullable Sensitivities sensitivities,
        List<Suggested> suggestions,
        List<Unsupported> unsupported) {
    CalibrationReport {
        suggestions = List.copyOf(suggestions);
        unsupported = List.copyOf(unsupported);
    }

    /** What a target is about. */
    enum Quantity {
        /** Time without a policy over time with it. */
        SPEEDUP,
        /** Closeness to the outputs without a policy, dB. */
        PSNR
    }

    /** What the parameters are to reach. */
    record Target(Quantity quantity, double value) {}

    /**
     * Parameters of a policy for a target.
     *
     * @param suggestion null where no parameters reach the target
     */
    record Suggested(Target target, String policy, @Nullable Suggestion suggestion) {
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
