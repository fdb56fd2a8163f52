package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
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

    private final String output;
    private double lowWeight = 1;
    private double highWeight = 1;

    /** @param output the model output to complete */
    public UnconditionalBranch(String output) {
        this.output = output;
    }

    public boolean ready(Cache cache) {
        return cache.get(LOW) != null && cache.get(HIGH) != null;
    }

    public Reason missing(Cache cache) {
        return cache.overBudget(LOW) || cache.overBudget(HIGH) ? Reason.BUDGET : Reason.FIRST_STEP;
    }

    /** After a step that ran the full batch. */
    public void keep(DenoisingStep step) {
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

    /**
     * After a step that ran the conditional half: returns both halves.
     *
     * @param low factor of the low frequencies at this step
     * @param high factor of the high frequencies at this step
     */
    public void complete(DenoisingStep step, double low, double high) {
        lowWeight *= low;
        highWeight *= high;
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
