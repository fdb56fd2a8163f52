package dev.reprise.runtime.step;

import dev.reprise.cache.Reason;
import dev.reprise.runtime.api.Step;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Notices in one context that a new generation began without a reset: the step index goes back, or the timestep jumps against its
 * direction. Solvers may move the timestep back a little (churn), so a jump counts from the length of the longest step on.
 */
final class StepOrder {
    static final String NEW_GENERATION = "NEW_GENERATION";

    // Rounding of timesteps in half types must not turn a jump as long as the longest step into a shorter one.
    static final double ROUNDING = 0.999;

    private int index = -1;
    private double timestep = Double.NaN;
    private double direction;
    private double longest;

    /** Why this step begins a new generation, null when it continues the present one. */
    @Nullable
    Reason next(int nextIndex, OptionalDouble next) {
        double nextTimestep = next.orElse(Double.NaN);
        double move = nextTimestep - timestep;
        Reason reason = null;
        if (nextIndex < index) {
            reason = new Reason(NEW_GENERATION, "step " + index + "→" + nextIndex);
        } else if (move * direction < 0 && Math.abs(move) >= ROUNDING * longest) {
            reason = new Reason(
                    NEW_GENERATION,
                    "timestep " + Step.describeTimestep(timestep) + "→" + Step.describeTimestep(nextTimestep));
        }
        if (reason != null) {
            direction = 0;
            longest = 0;
        } else if (!Double.isNaN(move) && move != 0) {
            if (direction == 0) {
                direction = Math.signum(move);
            }
            longest = Math.max(longest, move * direction);
        }
        index = nextIndex;
        timestep = nextTimestep;
        return reason;
    }
}
