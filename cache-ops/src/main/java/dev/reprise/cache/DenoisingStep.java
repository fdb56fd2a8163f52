package dev.reprise.cache;

import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One model evaluation in one context, as a policy sees it. Before the outputs are computed it may pull tensors (probes) and
 * provide tensors; what only provided tensors needed does not run. Tensors are named as in the manifest.
 */
public interface DenoisingStep {
    /** Denoising step: loop index from 0, given by the caller. */
    int index();

    /** Number of denoising steps of this generation, where the caller said it. */
    OptionalInt count();

    /**
     * The scheduler's timestep (999 → 0).
     *
     * @throws UnsupportedPolicyException when the model has no timestep input and the caller supplied none
     */
    double timestep();

    /** The model input of this name, as it will be fed. */
    Tensor input(String name);

    /** Feeds another tensor in place of a model input. Only before anything was pulled. */
    void replaceInput(String name, Tensor value);

    /**
     * Computes a tensor, with all it needs, at most once per step, and keeps it until the step ends. A tensor that was computed on
     * the way to another one may be closed by then: {@link #observe} it first.
     */
    Tensor pull(String tensor);

    /** Sets a tensor that has not been computed in this step, so that no segment computes it. */
    void provide(String tensor, Tensor value);

    /** Asks for a tensor to be kept until {@link PolicyState#after}, if it is computed. */
    void observe(String tensor);

    /** The tensor if it was computed in this step and observed or pulled; null if it was not. Provided tensors count as not computed. */
    @Nullable
    Tensor computed(String tensor);

    /** A model output. Only in {@link PolicyState#after}. */
    Tensor output(String name);

    /** Returns another tensor in place of a model output. Only in {@link PolicyState#after}. */
    void replaceOutput(String name, Tensor value);

    /** Arithmetic on tensors, where the model runs. */
    TensorMath math();

    /** What this context keeps. */
    Cache cache();

    /** Writes a decision to the trace. {@code subject} is a module path, or the word for a {@link Subject}. */
    void decide(String subject, Decision decision, Reason reason);

    /** Writes a decision about more, or less, than one located module to the trace. */
    default void decide(Subject subject, Decision decision, Reason reason) {
        decide(subject.id(), decision, reason);
    }

    /**
     * Writes a measured figure to the trace, for calibration: {@code residual_ratio}, {@code probe_change}. Figures that a decision
     * compared are in its reason; this is for those that decide nothing. A runtime without a place for them drops them.
     */
    default void measure(String quantity, double value) {}
}
