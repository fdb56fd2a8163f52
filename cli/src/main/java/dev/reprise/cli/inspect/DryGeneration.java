package dev.reprise.cli.inspect;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.Cache;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.verify.run.InputSource;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A generation in which nothing changes from step to step, without running the model: what a policy computes at least. A policy
 * that decides by the step alone decides so in every generation; one that compares tensors computes more where they change.
 */
final class DryGeneration {
    /** A policy may halve it. */
    private static final long BATCH = 2;

    private final Manifest model;
    private final Demand demand;
    private final int steps;
    private final Map<String, Tensor> slots = new HashMap<>();

    DryGeneration(Manifest model, Demand demand, int steps) {
        this.model = model;
        this.demand = demand;
        this.steps = steps;
    }

    /**
     * Runs it.
     *
     * @return the share of the multiply-adds that is computed
     * @throws dev.reprise.cache.UnsupportedPolicyException when the model lacks what the policy asks of a step
     */
    double computedShare(BoundPolicy policy) {
        long total = model.multiplyAdds();
        PolicyState state = policy.state().get();
        double computed = 0;
        for (int i = 0; i < steps; i++) {
            DryStep step = new DryStep(i);
            state.before(step);
            step.outputsAreComputed();
            computed += step.multiplyAdds();
            state.after(step);
        }
        return total == 0 ? 1 : computed / total / steps;
    }

    private final class DryStep implements DenoisingStep, Cache {
        private final int index;
        private final Set<String> pulled = new LinkedHashSet<>();
        private final Set<String> provided = new LinkedHashSet<>();
        private final Map<String, Tensor> inputs = new HashMap<>();
        private long batch = BATCH;
        private Set<String> computed = Set.of();

        DryStep(int index) {
            this.index = index;
        }

        private Tensor tensor(String name) {
            return tensor(name, batch);
        }

        private Tensor tensor(String name, long samples) {
            TensorSpec spec = demand.tensor(name);
            if (spec == null) {
                throw new IllegalArgumentException("the model has no tensor '" + name + "'");
            }
            return DryTensor.of(spec, samples);
        }

        void outputsAreComputed() {
            computed = demand.computed(provided, pulled);
        }

        double multiplyAdds() {
            return (double) batch / BATCH * demand.multiplyAdds(provided, pulled);
        }

        @Override
        public int index() {
            return index;
        }

        @Override
        public OptionalInt count() {
            return OptionalInt.of(steps);
        }

        @Override
        public double timestep() {
            return InputSource.spaced(index, steps);
        }

        @Override
        public Tensor input(String name) {
            return inputs.computeIfAbsent(name, wanted -> tensor(wanted, BATCH));
        }

        @Override
        public void replaceInput(String name, Tensor value) {
            // Every input has the same part of the batch.
            batch = value.shape()[0];
            inputs.put(name, value);
        }

        @Override
        public Tensor pull(String tensor) {
            pulled.add(tensor);
            return tensor(tensor);
        }

        @Override
        public void provide(String tensor, Tensor value) {
            provided.add(tensor);
        }

        @Override
        public void observe(String tensor) {
            // What is computed is there afterwards.
        }

        @Override
        public @Nullable Tensor computed(String tensor) {
            return pulled.contains(tensor) || computed.contains(tensor) ? tensor(tensor) : null;
        }

        @Override
        public Tensor output(String name) {
            return tensor(name);
        }

        @Override
        public void replaceOutput(String name, Tensor value) {
            // Nobody reads it.
        }

        @Override
        public TensorMath math() {
            return new TensorMath(DryTensor.RUNNER);
        }

        @Override
        public Cache cache() {
            return this;
        }

        @Override
        public void decide(String subject, Decision decision, Reason reason) {
            // What it provides says it.
        }

        @Override
        public @Nullable Tensor get(String slot) {
            return slots.get(slot);
        }

        @Override
        public boolean put(String slot, Tensor tensor) {
            slots.put(slot, tensor);
            return true;
        }

        @Override
        public void remove(String slot) {
            slots.remove(slot);
        }

        @Override
        public boolean overBudget(String slot) {
            return false;
        }
    }
}
