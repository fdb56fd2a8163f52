package dev.reprise.runtime.step;

import dev.reprise.cache.Decision;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.TracedDecision;
import dev.reprise.runtime.plan.SegmentGraph;
import dev.reprise.runtime.tensor.SlotCache;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** One evaluation of the model in one context: the policies before, the outputs, the policies after. */
final class StepRun {
    private final Step step;
    private final OptionalDouble timestep;
    private final ContextState context;
    private final BoundPolicies policies;
    private final StepEngine engine;
    private final SegmentGraph graph;
    private final TensorMath math;
    private final List<TracedDecision> decisions = new ArrayList<>();
    private final List<StepTrace.Measurement> measurements = new ArrayList<>();
    private final @Nullable CountedTensor[] replaced;
    private int started;
    private boolean after;
    private boolean provided;
    private double batchShare = 1;

    StepRun(
            Step step,
            OptionalDouble timestep,
            ContextState context,
            BoundPolicies policies,
            StepEngine engine,
            SegmentGraph graph,
            TensorMath math) {
        this.step = step;
        this.timestep = timestep;
        this.context = context;
        this.policies = policies;
        this.engine = engine;
        this.graph = graph;
        this.math = math;
        this.replaced = new @Nullable CountedTensor[graph.outputs().length];
    }

    /** Computes the outputs; they stay the step's. */
    void compute() {
        beforeOthers();
        engine.computeOutputs();
        after = true;
        for (int policy = 0; policy < policies.size(); policy++) {
            context.state(policy).after(new PolicyStep(this, policy));
        }
    }

    /** Lets the policies that had not their turn yet decide. */
    void beforeOthers() {
        while (started < policies.size()) {
            int policy = started++;
            context.state(policy).before(new PolicyStep(this, policy));
        }
    }

    /** Whether this step's outputs rest on something that was not computed in it. */
    boolean reused() {
        if (provided) {
            return true;
        }
        for (TracedDecision decision : decisions) {
            if (decision.decision() != Decision.COMPUTE) {
                return true;
            }
        }
        return false;
    }

    boolean isFinite() {
        for (int output = 0; output < replaced.length; output++) {
            CountedTensor tensor = output(output);
            if (tensor.elementType().isFloatingPoint() && !math.allFinite(tensor)) {
                return false;
            }
        }
        return true;
    }

    /** The outputs as the caller's own. Those that somebody keeps, or that are the caller's inputs, are copied. */
    Outputs handOut() {
        Map<String, CountedTensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < replaced.length; i++) {
            CountedTensor tensor = output(i);
            if (tensor.isBorrowed() || tensor.keepers() > 0 || tensors.containsValue(tensor)) {
                tensor = engine.copy(tensor);
            }
            tensors.put(graph.name(graph.outputs()[i]), tensor);
        }
        // Only now, when nothing can fail any more.
        tensors.values().forEach(CountedTensor::retain);
        return new Outputs(tensors);
    }

    CountedTensor output(int output) {
        CountedTensor replacement = replaced[output];
        return replacement != null ? replacement : engine.require(graph.outputs()[output]);
    }

    int outputIndex(String name) {
        int value = graph.index(name);
        for (int i = 0; i < graph.outputs().length; i++) {
            if (graph.outputs()[i] == value) {
                return i;
            }
        }
        throw new IllegalArgumentException("'" + name + "' is not a model output");
    }

    /** The step holds the replacement as a temporary or a cache slot does; it needs no owner of its own. */
    void replaceOutput(int output, CountedTensor value) {
        replaced[output] = engine.temporary(value.retain());
    }

    void replaceInput(int value, CountedTensor tensor) {
        CountedTensor before = engine.input(value);
        if (before.rank() > 0 && tensor.rank() > 0 && before.dimension(0) > 0) {
            batchShare = Math.min(batchShare, (double) tensor.dimension(0) / before.dimension(0));
        }
        engine.replaceInput(value, tensor, context.keptForReplacedInputs());
    }

    void decide(String subject, Decision decision, Reason reason) {
        decisions.add(new TracedDecision(subject, decision, reason));
    }

    void measure(String quantity, double value) {
        measurements.add(new StepTrace.Measurement(quantity, value));
    }

    List<StepTrace.Measurement> measurements() {
        return measurements;
    }

    void providedSomething() {
        provided = true;
    }

    boolean mayProvide(int policy, String tensor) {
        return policies.provides(policy, tensor);
    }

    String policyId(int policy) {
        return policies.id(policy);
    }

    SlotCache cache(int policy) {
        return context.cache(policy);
    }

    boolean isAfter() {
        return after;
    }

    Step step() {
        return step;
    }

    OptionalDouble timestep() {
        return timestep;
    }

    StepEngine engine() {
        return engine;
    }

    SegmentGraph graph() {
        return graph;
    }

    TensorMath math() {
        return math;
    }

    List<TracedDecision> decisions() {
        return decisions;
    }

    /** Share of the batch that ran: a policy may have fed half of it. */
    double batchShare() {
        return batchShare;
    }
}
