package dev.reprise.runtime.step;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Reason;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.ort.Closing;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.Transfers;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepListener;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.Summary;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.tensor.CacheBudget;
import dev.reprise.runtime.tensor.SharedResults;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One generation on a loaded model: its policies, the guards around each step, the trace. Used by one thread at a time. */
public final class Generation {
    private static final Logger LOGGER = LoggerFactory.getLogger(Generation.class);
    private static final String DEFAULT_CONTEXT = "default";
    /** Below this many steps neighbouring ones differ too much to reuse much. */
    private static final int FEW_STEPS = 8;

    private final LoadedModel model;
    private final InputCheck inputCheck;
    private final TimestepInput timestepInput;
    private final long[] multiplyAdds;
    private final long totalMultiplyAdds;
    private final CacheBudget budget;
    private final Transfers transfers;
    private final CallerTensors callerTensors;
    private final @Nullable SharedResults shared;
    private BoundPolicies policies;
    private @Nullable Execution execution;
    private Trace trace;
    private Consumer<StepTrace> listener = step -> {};
    private final List<StepListener> listeners = new ArrayList<>();
    private String current = DEFAULT_CONTEXT;

    /** @param shared results of all generations, null to take and leave none */
    public Generation(LoadedModel model, @Nullable SharedResults shared) {
        this.model = model;
        this.shared = shared;
        inputCheck = new InputCheck(model.manifest().inputs(), model.defaultInputs(), model::isOnDevice);
        transfers = model.newTransfers();
        callerTensors = new CallerTensors(model, transfers);
        timestepInput = new TimestepInput(model.manifest());
        multiplyAdds = model.manifest().segments().stream()
                .mapToLong(Segment::multiplyAdds)
                .toArray();
        totalMultiplyAdds = model.manifest().multiplyAdds();
        budget = new CacheBudget(model.settings().cacheBudget());
        policies = new BoundPolicies(List.of(), model.manifest());
        trace = newTrace();
    }

    public void enable(List<CachePolicy> enabled) {
        if (enabled.isEmpty()) {
            throw new IllegalArgumentException("enableCache needs at least one policy");
        }
        if (isEnabled()) {
            throw new IllegalStateException(
                    "caching is already enabled with " + policies.ids() + "; call disableCache first");
        }
        use(new BoundPolicies(enabled, model.manifest()));
    }

    public void disable() {
        if (isEnabled()) {
            use(new BoundPolicies(List.of(), model.manifest()));
        }
    }

    private void use(BoundPolicies next) {
        closeExecution();
        policies = next;
    }

    public boolean isEnabled() {
        return policies.size() > 0;
    }

    /** Begins anew: nothing kept, empty trace. */
    public void reset() {
        if (execution != null) {
            execution.clear();
        }
        budget.forgetPeak();
        trace = newTrace();
    }

    private Trace newTrace() {
        Trace empty = new Trace(model.settings().traceLength());
        model.warnings().forEach(empty::warn);
        return empty;
    }

    public void onStep(Consumer<StepTrace> told) {
        listener = told;
    }

    public void addListener(StepListener added) {
        listeners.add(added);
    }

    public void removeListener(StepListener removed) {
        listeners.remove(removed);
    }

    /** Switches the context. Returns the one before. */
    public String switchTo(String context) {
        String before = current;
        current = context;
        return before;
    }

    public String current() {
        return current;
    }

    /** Opens the sessions that the present policies need. */
    public void load() {
        execution();
    }

    private Execution execution() {
        if (execution == null) {
            execution = new Execution(model, policies, budget, transfers, shared);
        }
        return execution;
    }

    /**
     * The timestep in a step's inputs, empty where they hold none.
     *
     * @throws dev.reprise.runtime.api.InvalidInputException when the model cannot take them
     */
    public OptionalDouble timestep(Map<String, ? extends OnnxTensor> inputs) {
        CountedTensor[] checked = inputCheck.check(inputs);
        try {
            return timestepInput.read(checked, transfers);
        } finally {
            for (CountedTensor tensor : checked) {
                tensor.release();
            }
        }
    }

    /** Runs one step in the current context, and tells the listeners. */
    public Outputs run(Step step, Map<String, ? extends OnnxTensor> inputs) {
        if (listeners.isEmpty()) {
            return compute(step, inputs);
        }
        String context = current;
        listeners.forEach(told -> told.before(step, context));
        try {
            return compute(step, inputs);
        } catch (RuntimeException e) {
            listeners.forEach(told -> told.failed(step, context, e));
            throw e;
        }
    }

    private Outputs compute(Step step, Map<String, ? extends OnnxTensor> inputs) {
        Execution running = execution();
        CountedTensor[] checked = inputCheck.check(inputs);
        OptionalDouble timestep =
                step.timestep().isPresent() ? step.timestep() : timestepInput.read(checked, transfers);
        ContextState context = running.context(current);
        Reason reset = context.admit(step.index(), timestep, checked, model.manifest());
        warn(step, context, reset);
        long start = System.nanoTime();
        StepOutcome outcome = running.run(step, timestep, context, checked);
        if (outcome.outputs() == null) {
            LOGGER.warn(
                    "step {} of context '{}' gave values that are not finite after reuse; computed again",
                    step.index(),
                    context.name());
            reset = Reason.NON_FINITE;
            outcome = running.runUnchecked(step, timestep, context, inputCheck.check(inputs));
        }
        long nanos = System.nanoTime() - start;
        StepTrace traced = new StepTrace(
                step.index(),
                timestep,
                context.name(),
                outcome.decisions(),
                outcome.measurements(),
                reset,
                outcome.segmentsRun(),
                outcome.segmentsKept(),
                outcome.segmentsShared(),
                nanos,
                multiplyAdds(outcome),
                totalMultiplyAdds,
                budget.used(),
                budget.usedOnDevice(),
                transfers.take());
        trace.add(traced);
        return tell(traced, Objects.requireNonNull(outcome.outputs()));
    }

    private Outputs tell(StepTrace step, Outputs outputs) {
        try {
            listener.accept(step);
            listeners.forEach(told -> told.after(step));
            return outputs;
        } catch (RuntimeException | Error e) {
            outputs.close();
            throw e;
        }
    }

    private long multiplyAdds(StepOutcome outcome) {
        long computed = outcome.segmentsRun().stream()
                .mapToLong(segment -> multiplyAdds[segment])
                .sum();
        return Math.round(computed * outcome.batchShare());
    }

    private void warn(Step step, ContextState context, @Nullable Reason reset) {
        if (!isEnabled()) {
            return;
        }
        if (reset != null && reset.code().equals(StepOrder.NEW_GENERATION)) {
            warnOnce("context '" + context.name() + "' began a new generation without resetCache (" + reset.detail()
                    + "); its cache was reset");
        }
        if (step.count().isPresent() && step.count().getAsInt() < FEW_STEPS) {
            warnOnce("caching rarely pays below " + FEW_STEPS + " denoising steps, this generation has "
                    + step.count().getAsInt());
        }
    }

    private void warnOnce(String warning) {
        if (trace.warn(warning)) {
            LOGGER.warn("{}", warning);
        }
    }

    /** {@code Σ cᵢ·tᵢ} where the model runs. */
    public OnnxTensor combine(float[] coefficients, List<OnnxTensor> tensors) {
        return callerTensors.combine(coefficients, tensors);
    }

    /** A copy in the memory of the CPU. */
    public OnnxTensor toHost(OnnxTensor tensor) {
        return callerTensors.toHost(tensor);
    }

    public List<StepTrace> trace() {
        return trace.steps();
    }

    public Summary summary() {
        return trace.summary(model, budget);
    }

    public LoadedModel model() {
        return model;
    }

    public void close() {
        new Closing().add(this::closeExecution).add(model::close).finish();
    }

    private void closeExecution() {
        Execution closing = execution;
        execution = null;
        if (closing != null) {
            closing.close();
        }
    }
}
