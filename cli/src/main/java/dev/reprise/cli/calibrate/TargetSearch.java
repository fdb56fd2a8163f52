package dev.reprise.cli.calibrate;

import dev.reprise.cli.measure.Workload;
import dev.reprise.cli.measure.Workload.Outcome;
import dev.reprise.verify.run.PolicyChoice;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the value of a policy's parameter that reaches a target. A larger value computes less, so a bisection finds the value whose
 * multiply-adds predict the target. Then the clock decides: where it disagrees, the prediction to look for is corrected, and the
 * search repeated.
 */
public final class TargetSearch {
    /** How close to a speedup is close enough. */
    static final double TOLERANCE = 0.05;

    /** Half of that, in logarithms: what was measured once may be measured differently next time. */
    private static final double ENOUGH = TOLERANCE / 2;

    /** A prediction this close needs no further halving. */
    private static final double CLOSE = 0.01;

    private static final int HALVINGS = 14;
    private static final int CORRECTIONS = 4;

    private final Workload workload;
    private final TunedParameter parameter;
    private final Map<String, Outcome> known = new HashMap<>();

    public TargetSearch(Workload workload, TunedParameter parameter) {
        this.workload = workload;
        this.parameter = parameter;
    }

    /**
     * What was found for a target.
     *
     * @param choice the policy with its parameters
     * @param outcome what it computes and how close it stays
     * @param measuredSpeedup by the clock, NaN where it was not asked
     */
    public record Suggestion(PolicyChoice choice, Outcome outcome, double measuredSpeedup) {
        double predictedSpeedup() {
            return 1 / outcome.computedShare();
        }

        /** By the clock where it was asked. */
        double speedup() {
            return Double.isNaN(measuredSpeedup) ? predictedSpeedup() : measuredSpeedup;
        }
    }

    /** The value whose speedup comes closest to the target. */
    public Suggestion speedup(double target, boolean timed) {
        Suggestion best = suggestion(closest(target), timed);
        Suggestion last = best;
        double predicted = target;
        for (int i = 0; i < CORRECTIONS && timed && miss(best, target) > ENOUGH; i++) {
            predicted *= target / last.measuredSpeedup();
            last = suggestion(closest(predicted), true);
            if (miss(last, target) < miss(best, target)) {
                best = last;
            }
        }
        return best;
    }

    private Suggestion suggestion(PolicyChoice choice, boolean timed) {
        return new Suggestion(choice, outcome(choice), timed ? workload.speedup(choice) : Double.NaN);
    }

    /** The most aggressive value whose outputs stay at least this close; null where not even the most careful one does. */
    public @Nullable Suggestion psnr(double target, boolean timed) {
        double low = parameter.low();
        double high = parameter.high();
        if (outcome(parameter.at(low)).psnr() < target) {
            return null;
        }
        for (int i = 0; i < HALVINGS && isApart(low, high); i++) {
            double middle = middle(low, high);
            if (outcome(parameter.at(middle)).psnr() >= target) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return suggestion(parameter.at(low), timed);
    }

    private static double miss(Suggestion suggestion, double target) {
        return Math.abs(Math.log(suggestion.speedup() / target));
    }

    /** The policy whose multiply-adds come closest to predicting a speedup. */
    private PolicyChoice closest(double speedup) {
        double low = parameter.low();
        double high = parameter.high();
        PolicyChoice best = parameter.at(low);
        for (int i = 0; i <= HALVINGS; i++) {
            double value = i == 0 ? high : middle(low, high);
            PolicyChoice choice = parameter.at(value);
            if (predictionMiss(choice, speedup) < predictionMiss(best, speedup)) {
                best = choice;
            }
            if (i == 0) {
                continue;
            }
            if (1 / outcome(choice).computedShare() < speedup) {
                low = value;
            } else {
                high = value;
            }
            if (!isApart(low, high) || predictionMiss(best, speedup) < CLOSE) {
                break;
            }
        }
        return best;
    }

    private double predictionMiss(PolicyChoice choice, double speedup) {
        return Math.abs(Math.log(1 / outcome(choice).computedShare() / speedup));
    }

    private boolean isApart(double low, double high) {
        return parameter.whole() ? high - low > 1 : high / low > 1.001;
    }

    /** Thresholds are halved by their magnitude. */
    private double middle(double low, double high) {
        return parameter.whole() ? Math.rint((low + high) / 2) : Math.sqrt(low * high);
    }

    private Outcome outcome(PolicyChoice choice) {
        return known.computeIfAbsent(choice.parameters().toString(), config -> workload.run(choice));
    }
}
