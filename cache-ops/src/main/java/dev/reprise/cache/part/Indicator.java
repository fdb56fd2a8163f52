package dev.reprise.cache.part;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.graph.bundle.Manifest;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** When to compute. Immutable; may serve many models and threads. */
public interface Indicator {
    /**
     * Ties it to a model.
     *
     * @param policy id of the policy, for messages
     * @throws dev.reprise.cache.UnsupportedPolicyException when the model lacks what it needs
     */
    Bound bind(String policy, Manifest model);

    /** Whether it never lets a step be skipped, as with a threshold of 0. Then nothing of the model is watched, and no bit changes. */
    default boolean computesAlways() {
        return false;
    }

    /**
     * An indicator tied to a model.
     *
     * @param watches tensors that it pulls or observes; model inputs and outputs need not be named
     * @param keeps how many tensors of the size of each named one it keeps per context
     * @param state makes fresh state for one context of one generation
     */
    record Bound(Set<String> watches, Map<String, Integer> keeps, Supplier<State> state) {
        public Bound {
            watches = Set.copyOf(watches);
            keeps = Map.copyOf(keeps);
        }

        /** One that looks at no tensor. */
        public static Bound withoutProbe(Supplier<State> state) {
            return new Bound(Set.of(), Map.of(), state);
        }
    }

    /** What it remembers of one context of one generation. */
    interface State {
        /** At the start of every step, whatever is decided: takes the probe. What a probe computed is not computed again. */
        default void observe(DenoisingStep step) {}

        /** Whether to compute. Asked only at steps that may be skipped. */
        Verdict judge(DenoisingStep step);

        /** After every step, with what was decided. */
        default void after(DenoisingStep step, boolean computed) {}

        /**
         * How far this step is from the last but one computed step, by what the probe moved: 1 at the last computed step, 2 when it has
         * moved as far again. NaN where the indicator does not measure that; then steps count.
         */
        default double ratio(DenoisingStep step) {
            return Double.NaN;
        }
    }

    /**
     * What an indicator says about a step.
     *
     * @param compute whether to compute it
     * @param reason why
     * @param difference what it measured at this step, for the limit on the sum over skipped steps: the distance from the last computed step, or what
     *     the step added where it sums the changes from step to step itself; 0 where nothing is measured
     */
    record Verdict(boolean compute, Reason reason, double difference) {
        public static Verdict of(boolean compute, Reason reason) {
            return new Verdict(compute, reason, 0);
        }

        /**
         * Computes when a sum of changes reaches a threshold.
         *
         * @param added what this step added to it
         */
        public static Verdict reaching(double accumulated, double threshold, double added) {
            return new Verdict(accumulated >= threshold, Reason.accumulated(accumulated, threshold), added);
        }
    }
}
