package dev.reprise.runtime.step;

import dev.reprise.cache.Cache;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.ort.CountedTensor;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The step as one policy sees it: its own cache, and only what it declared to provide. */
final class PolicyStep implements DenoisingStep {
    private final StepRun run;
    private final int policy;

    PolicyStep(StepRun run, int policy) {
        this.run = run;
        this.policy = policy;
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
                .orElseThrow(() -> new UnsupportedPolicyException("policy " + run.policyId(policy)
                        + " needs the timestep: the model has no timestep input that tells it, so it has to come with the step"
                        + " (Step.withTimestep)"));
    }

    @Override
    public Tensor input(String name) {
        return run.engine().input(run.graph().index(name));
    }

    @Override
    public void replaceInput(String name, Tensor value) {
        run.replaceInput(run.graph().index(name), (CountedTensor) value);
    }

    @Override
    public Tensor pull(String tensor) {
        int value = run.graph().index(tensor);
        if (run.isAfter()) {
            return run.engine().held(value);
        }
        // The others first: what they provide must not be computed for this policy's probe.
        run.beforeOthers();
        return run.engine().pull(value);
    }

    @Override
    public void provide(String tensor, Tensor value) {
        requireBefore("provide");
        if (!run.mayProvide(policy, tensor)) {
            throw new IllegalStateException("policy " + run.policyId(policy) + " provides '" + tensor
                    + "', which is not among the tensors it declared to provide");
        }
        run.engine().provide(run.graph().index(tensor), (CountedTensor) value);
        run.providedSomething();
    }

    @Override
    public void observe(String tensor) {
        run.engine().observe(run.graph().index(tensor));
    }

    @Override
    public @Nullable Tensor computed(String tensor) {
        return run.engine().computed(run.graph().index(tensor));
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
        return run.math();
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
