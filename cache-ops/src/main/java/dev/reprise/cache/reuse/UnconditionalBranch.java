package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.cache.parameter.StepWeight;
import dev.reprise.cache.parameter.TimestepRange;
import dev.reprise.graph.ElementType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The guidance half of FasterCache: on skipped steps only the conditional half {@code c} of the batch [u; c] runs, and the
 * unconditional output is {@code u = c + Δlow·wl + Δhigh·wh}. On a full step {@code Δlow = low(u − c)} and
 * {@code Δhigh = (u − c) − Δlow}, both [batch/2, .., height, width] in float32; the weights multiply up from skip to skip.
 *
 * <p>The reference keeps both corrections as shifted spectra and transforms forth and back on each skipped step. All of that is
 * linear, its shifts of the batch and channel axes cancel (the mask looks at the last two axes only, and spectra are added in one
 * order), and the low-pass of a real image is real; so two sums are the same. State of one context.
 */
public final class UnconditionalBranch {
    private static final String LOW = "unconditional/low";
    private static final String HIGH = "unconditional/high";

    private final GuidanceInputs inputs;
    private final String output;
    private final int skipRange;
    private final TimestepRange timesteps;
    private final StepWeight low;
    private final StepWeight high;
    private double lowWeight = 1;
    private double highWeight = 1;
    private boolean fullBatch;

    /**
     * The branch of one context.
     *
     * @param inputs what is halved
     * @param output the model output to complete
     * @param skipRange run it every so many steps
     * @param timesteps skip it only at these timesteps
     * @param low factor of the low frequencies of a skipped step
     * @param high factor of the high frequencies of a skipped step
     */
    public UnconditionalBranch(
            GuidanceInputs inputs,
            String output,
            int skipRange,
            TimestepRange timesteps,
            StepWeight low,
            StepWeight high) {
        this.inputs = inputs;
        this.output = output;
        this.skipRange = skipRange;
        this.timesteps = timesteps;
        this.low = low;
        this.high = high;
    }

    /**
     * Decides, and feeds the conditional half where the branch is skipped.
     *
     * @return whether this step runs the full batch
     */
    public boolean before(DenoisingStep step) {
        inputs.requireTwoHalves(step);
        Reason full = full(step);
        fullBatch = full != null;
        if (full != null) {
            step.decide(Subject.UNCONDITIONAL_BRANCH, Decision.COMPUTE, full);
        } else {
            inputs.feedConditionalHalf(step);
            step.decide(Subject.UNCONDITIONAL_BRANCH, Decision.REUSE, Reason.INTERVAL);
        }
        return fullBatch;
    }

    /** Why this step runs the full batch, null where it need not. */
    private @Nullable Reason full(DenoisingStep step) {
        Cache cache = step.cache();
        if (cache.get(LOW) == null || cache.get(HIGH) == null) {
            return cache.missing(List.of(LOW, HIGH));
        }
        if (!timesteps.contains(step.timestep())) {
            return Reason.OUT_OF_RANGE;
        }
        return step.index() % skipRange == 0 ? Reason.INTERVAL : null;
    }

    /** Keeps the corrections of a full batch, or completes the output of half a batch. */
    public void after(DenoisingStep step) {
        if (fullBatch) {
            keep(step);
        } else {
            complete(step);
        }
    }

    private void keep(DenoisingStep step) {
        TensorMath math = step.math();
        Tensor both = step.output(output);
        // Half types lose most of a difference of near-equal numbers: subtract in float32.
        Tensor difference =
                math.combine(ElementType.FLOAT, List.of(1f, -1f), List.of(math.firstHalf(both), math.secondHalf(both)));
        Tensor low = math.lowPass(difference);
        lowWeight = 1;
        highWeight = 1;
        if (!step.cache().put(LOW, low) || !step.cache().put(HIGH, math.subtract(difference, low))) {
            step.cache().remove(step.cache().overBudget(LOW) ? HIGH : LOW);
        }
    }

    private void complete(DenoisingStep step) {
        lowWeight *= low.at(step);
        highWeight *= high.at(step);
        Tensor conditional = step.output(output);
        Tensor unconditional = step.math()
                .combine(
                        List.of(1f, (float) lowWeight, (float) highWeight),
                        List.of(
                                conditional,
                                require(step.cache().get(LOW)),
                                require(step.cache().get(HIGH))));
        step.replaceOutput(output, step.math().concatBatch(unconditional, conditional));
    }

    private static Tensor require(@Nullable Tensor correction) {
        if (correction == null) {
            throw new IllegalStateException("the unconditional correction left the cache within a step");
        }
        return correction;
    }
}
