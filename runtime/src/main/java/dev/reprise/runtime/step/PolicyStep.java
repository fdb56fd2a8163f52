package dev.reprise.runtime.step;

import dev.reprise.cache.Cache;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.plan.StageGraph;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The step as one policy sees it: its own cache, and only the tensors that it declared. */
final class PolicyStep implements DenoisingStep {
    private final StepRun run;
    private final int policy;
    private final BoundPolicies policies;
    private final StageGraph graph;
    private final StepEngine engine;

    PolicyStep(StepRun run, int policy) {
        this.run = run;
        this.policy = policy;
        policies = run.execution().policies();
        graph = run.execution().graph();
        engine = run.execution().engine();
    }

    @Override
    public int index() {
        return run.step().index();
    }

    @Override
    public OptionalInt count() {
        return run.step().count();
    }

    @Override
    public double timestep() {
        return run.timestep()
                .orElseThrow(() -> new UnsupportedPolicyException("policy " + policies.id(policy)
                        + " needs the timestep: the model has no timestep input that tells it, so it has to come with the step"
                        + " (Step.withTimestep)"));
    }

    @Override
    public Tensor input(String name) {
        return engine.tensors().input(watched(name));
    }

    @Override
    public void replaceInput(String name, Tensor value) {
        run.replaceInput(watched(name), (CountedTensor) value);
    }

    @Override
    public Tensor pull(String name) {
        int tensor = watched(name);
        if (run.isAfter()) {
            return engine.held(tensor);
        }
        // The others first: what they provide must not be computed for this policy's probe.
        run.beforeOthers();
        return engine.pull(tensor);
    }

    @Override
    public void provide(String name, Tensor value) {
        requireBefore("provide");
        if (!policies.provides(policy, name)) {
            throw new IllegalStateException("policy " + policies.id(policy) + " provides '" + name
                    + "', which is not among the tensors it declared to provide");
        }
        run.provide(graph.index(name), (CountedTensor) value);
    }

    @Override
    public void observe(String name) {
        engine.observe(watched(name));
    }

    @Override
    public @Nullable Tensor computed(String name) {
        return engine.computed(watched(name));
    }

    private int watched(String name) {
        if (!policies.watches(policy, name)) {
            throw new IllegalStateException("policy " + policies.id(policy) + " asks for '" + name
                    + "', which is not among the tensors it declared to watch");
        }
        return graph.index(name);
    }

    @Override
    public Tensor output(String name) {
        requireAfter("output");
        return run.output(run.outputIndex(name));
    }

    @Override
    public void replaceOutput(String name, Tensor value) {
        requireAfter("replaceOutput");
        run.replaceOutput(run.outputIndex(name), (CountedTensor) value);
    }

    @Override
    public TensorMath math() {
        return run.execution().math();
    }

    @Override
    public Cache cache() {
        return run.cache(policy);
    }

    @Override
    public void decide(String subject, Decision decision, Reason reason) {
        run.decide(subject, decision, reason);
    }

    @Override
    public void measure(String quantity, double value) {
        run.measure(quantity, value);
    }

    private void requireBefore(String call) {
        if (run.isAfter()) {
            throw new IllegalStateException(call + " belongs before the outputs are computed");
        }
    }

    private void requireAfter(String call) {
        if (!run.isAfter()) {
            throw new IllegalStateException(call + " belongs after the outputs were computed");
        }
    }
}
