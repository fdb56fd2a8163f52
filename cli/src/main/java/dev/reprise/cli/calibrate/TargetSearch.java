package dev.reprise.cli.calibrate;

import dev.reprise.cli.calibrate.Workload.Outcome;
import dev.reprise.cli.policies.PolicyChoice;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the value of a policy's knob that reaches a target. More of the knob computes less, so a bisection finds where the
 * multiply-adds promise the target; then the clock decides, and where it disagrees the promise is corrected and sought again.
 */
public final class TargetSearch {
    /** How close to a speedup is close enough. */
    static final double TOLERANCE = 0.05;

    /** Half of that, in logarithms: what was measured once may be measured differently next time. */
    private static final double ENOUGH = TOLERANCE / 2;

    /** A promise this close needs no further halving. */
    private static final double CLOSE = 0.01;

    private static final int HALVINGS = 14;
    private static final int CORRECTIONS = 4;

    private final Workload workload;
    private final Knob knob;
    private final Map<String, Outcome> known = new HashMap<>();

    public TargetSearch(Workload workload, Knob knob) {
        this.workload = workload;
        this.knob = knob;
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
        double promise = target;
        for (int i = 0; i < CORRECTIONS && timed && miss(best, target) > ENOUGH; i++) {
            promise *= target / last.measuredSpeedup();
            last = suggestion(closest(promise), true);
            if (miss(last, target) < miss(best, target)) {
                best = last;
            }
        }
        return best;
    }

    private Suggestion suggestion(PolicyChoice choice, boolean timed) {
        return new Suggestion(choice, outcome(choice), timed ? workload.speedup(choice) : Double.NaN);
    }

    /** The boldest value whose outputs stay at least this close; null where not even the most careful one does. */
    public @Nullable Suggestion psnr(double target, boolean timed) {
        double low = knob.low();
        double high = knob.high();
        if (outcome(knob.at(low)).psnr() < target) {
            return null;
        }
        for (int i = 0; i < HALVINGS && isApart(low, high); i++) {
            double middle = middle(low, high);
            if (outcome(knob.at(middle)).psnr() >= target) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return suggestion(knob.at(low), timed);
    }

    private static double miss(Suggestion suggestion, double target) {
        return Math.abs(Math.log(suggestion.speedup() / target));
    }

    /** The policy whose multiply-adds come closest to promising a speedup. */
    private PolicyChoice closest(double promise) {
        double low = knob.low();
        double high = knob.high();
        PolicyChoice best = knob.at(low);
        for (int i = 0; i <= HALVINGS; i++) {
            double value = i == 0 ? high : middle(low, high);
            PolicyChoice choice = knob.at(value);
            if (promiseMiss(choice, promise) < promiseMiss(best, promise)) {
                best = choice;
            }
            if (i == 0) {
                continue;
            }
            if (1 / outcome(choice).computedShare() < promise) {
                low = value;
            } else {
                high = value;
            }
            if (!isApart(low, high) || promiseMiss(best, promise) < CLOSE) {
                break;
            }
        }
        return best;
    }

    private double promiseMiss(PolicyChoice choice, double promise) {
        return Math.abs(Math.log(1 / outcome(choice).computedShare() / promise));
    }

    private boolean isApart(double low, double high) {
        return knob.whole() ? high - low > 1 : high / low > 1.001;
    }

    /** Thresholds are halved by their magnitude. */
    private double middle(double low, double high) {
        return knob.whole() ? Math.rint((low + high) / 2) : Math.sqrt(low * high);
    }

    private Outcome outcome(PolicyChoice choice) {
        return known.computeIfAbsent(choice.config().toString(), config -> workload.run(choice));
    }
}
