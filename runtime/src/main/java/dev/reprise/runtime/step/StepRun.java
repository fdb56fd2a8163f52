package dev.reprise.runtime.step;

import dev.reprise.cache.Decision;
import dev.reprise.cache.Reason;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.TracedDecision;
import dev.reprise.runtime.plan.StageGraph;
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
    private final Execution execution;
    private final StepEngine engine;
    private final StageGraph graph;
    private final List<TracedDecision> decisions = new ArrayList<>();
    private final List<StepTrace.Measurement> measurements = new ArrayList<>();
    private final @Nullable CountedTensor[] replaced;
    private int started;
    private boolean after;
    private boolean provided;
    private double batchShare = 1;

    StepRun(Step step, OptionalDouble timestep, ContextState context, Execution execution) {
        this.step = step;
        this.timestep = timestep;
        this.context = context;
        this.execution = execution;
        this.engine = execution.engine();
        this.graph = execution.graph();
        this.replaced = new @Nullable CountedTensor[graph.outputs().length];
    }

    /** @param check whether outputs that rest on reuse must be finite to be handed out */
    StepOutcome run(boolean check) {
        beforeOthers();
        engine.computeOutputs();
        after = true;
        for (int policy = 0; policy < execution.policies().size(); policy++) {
            context.state(policy).after(new PolicyStep(this, policy));
        }
        boolean sound = !check || !reused() || isFinite();
        return new StepOutcome(
                sound ? handOut() : null,
                decisions,
                measurements,
                execution.plan().segments(engine.ran()),
                execution.plan().segments(engine.kept()),
                execution.plan().segments(engine.shared()),
                batchShare);
    }

    /** Lets the policies that had not their turn yet decide. */
    void beforeOthers() {
        while (started < execution.policies().size()) {
            int policy = started++;
            context.state(policy).before(new PolicyStep(this, policy));
        }
    }

    /** Whether this step's outputs rest on something that was not computed in it. */
    private boolean reused() {
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

    private boolean isFinite() {
        for (int output = 0; output < replaced.length; output++) {
            CountedTensor tensor = output(output);
            if (tensor.elementType().isFloatingPoint() && !execution.math().allFinite(tensor)) {
                return false;
            }
        }
        return true;
    }

    /** The outputs as the caller's own. Those that somebody keeps, or that are the caller's inputs, are copied. */
    private Outputs handOut() {
        Map<String, CountedTensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < replaced.length; i++) {
            CountedTensor tensor = output(i);
            boolean copied = !tensor.isOnDevice()
                    && (tensor.isBorrowed()
                            || tensor.isShared()
                            || tensor.keepers() > 0
                            || tensors.containsValue(tensor));
            tensors.put(graph.name(graph.outputs()[i]), copied ? engine.copy(tensor) : tensor);
        }
        tensors.replaceAll((name, tensor) -> tensor.isOnDevice() ? copyFromDevice(tensor) : tensor);
        // Only now, when nothing can fail any more.
        tensors.values().forEach(CountedTensor::handOut);
        return new Outputs(tensors);
    }

    private CountedTensor copyFromDevice(CountedTensor tensor) {
        return execution.outputsOnDevice() ? engine.lastingCopy(tensor) : engine.copyToHost(tensor);
    }

    CountedTensor output(int output) {
        CountedTensor replacement = replaced[output];
        return replacement != null ? replacement : engine.tensors().require(graph.outputs()[output]);
    }

    int outputIndex(String name) {
        int tensor = graph.index(name);
        for (int i = 0; i < graph.outputs().length; i++) {
            if (graph.outputs()[i] == tensor) {
                return i;
            }
        }
        throw new IllegalArgumentException("'" + name + "' is not a model output");
    }

    /** The step holds the replacement as a temporary or a cache slot does; it needs no owner of its own. */
    void replaceOutput(int output, CountedTensor value) {
        replaced[output] = engine.tensors().temporary(value.retain());
    }

    void replaceInput(int tensor, CountedTensor value) {
        CountedTensor before = engine.tensors().input(tensor);
        if (before.rank() > 0 && value.rank() > 0 && before.dimension(0) > 0) {
            batchShare = Math.min(batchShare, (double) value.dimension(0) / before.dimension(0));
        }
        engine.replaceInput(tensor, value, context.keptForReplacedInputs());
    }

    void provide(int tensor, CountedTensor value) {
        engine.provide(tensor, value);
        provided = true;
    }

    void decide(String subject, Decision decision, Reason reason) {
        decisions.add(new TracedDecision(subject, decision, reason));
    }

    void measure(String quantity, double value) {
        measurements.add(new StepTrace.Measurement(quantity, value));
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

    Execution execution() {
        return execution;
    }
}
