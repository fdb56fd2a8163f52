package dev.reprise.runtime.step;

import dev.reprise.runtime.api.Step;

/** Says which step and branch a call belongs to, from its timestep. */
public final class CallOrder {
    private final int direction;
    private final int branches;
    private double timestep;
    private double longest;
    private long conditioning;
    private int step = -1;
    private int calls;
    private boolean jumped;

    /**
     * Before the first call.
     *
     * @param direction −1 where timesteps fall, 1 where they rise
     * @param branches calls at a timestep
     */
    public CallOrder(int direction, int branches) {
        this.direction = direction;
        this.branches = branches;
    }

    /**
     * A call.
     *
     * @param step denoising step
     * @param branch number of the guidance branch
     * @param newGeneration whether it begins another generation
     */
    public record Call(int step, int branch, boolean newGeneration) {}

    public int direction() {
        return direction;
    }

    /**
     * The next call.
     *
     * @param next its timestep
     * @param nextConditioning stands for the inputs that guidance changes
     * @throws IllegalStateException when it is ambiguous
     */
    public Call next(double next, long nextConditioning) {
        if (!Double.isFinite(next)) {
            throw new IllegalStateException(
                    "the timestep input holds no finite number, so a call does not tell its step");
        }
        double move = (next - timestep) * direction;
        boolean first = step < 0;
        boolean backwards = !first && move < 0 && -move >= StepOrder.ROUNDING * longest;
        boolean forward = !first && move > 0;
        if ((forward || backwards) && calls % branches != 0) {
            throw new IllegalStateException("the timestep went from " + Step.describeTimestep(timestep) + " to "
                    + Step.describeTimestep(next) + " after " + calls % branches + " of " + branches
                    + " guidance branches: every timestep needs a call for each");
        }
        if (backwards && jumped) {
            throw new IllegalStateException("the timestep went " + (direction < 0 ? "up" : "down")
                    + " twice in a row, last from "
                    + Step.describeTimestep(timestep) + " to " + Step.describeTimestep(next)
                    + ": each would be a new generation; " + (direction < 0 ? "ascending()" : "leaving out ascending()")
                    + " is for models whose timesteps go that way");
        }
        if (first || backwards) {
            step = 0;
            calls = 0;
            longest = 0;
        } else if (forward) {
            step++;
            calls = 0;
            longest = Math.max(longest, move);
        } else if (branches == 1 && nextConditioning != conditioning) {
            throw new IllegalStateException(
                    "two calls at timestep " + Step.describeTimestep(next)
                            + " have other inputs besides the latents: branches(\"cond\", \"uncond\") is for guidance by a call for each branch");
        }
        jumped = backwards;
        // A move back that counts as churn must not make the next step longer.
        timestep = first || forward || backwards ? next : timestep;
        conditioning = nextConditioning;
        return new Call(step, calls++ % branches, backwards);
    }

    /** The last call failed: made again, it belongs to the same step and branch. */
    public void takeBack() {
        calls--;
    }

    /** The next call begins a generation. */
    public void reset() {
        step = -1;
        calls = 0;
        longest = 0;
        jumped = false;
    }
}
