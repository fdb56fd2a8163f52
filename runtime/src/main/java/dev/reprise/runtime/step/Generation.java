package dev.reprise.runtime.step;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Reason;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.Summary;
import dev.reprise.runtime.plan.UnwatchedTensorException;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.tensor.CacheBudget;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
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
    private final Set<String> watched = new HashSet<>();
    private BoundPolicies policies;
    private @Nullable Execution execution;
    private Trace trace;
    private String current = DEFAULT_CONTEXT;

    public Generation(LoadedModel model) {
        this.model = model;
        inputCheck = new InputCheck(model.manifest().inputs(), model.defaultInputs());
        timestepInput = new TimestepInput(model.manifest());
        multiplyAdds = model.manifest().segments().stream()
                .mapToLong(Segment::multiplyAdds)
                .toArray();
        totalMultiplyAdds = model.manifest().multiplyAdds();
        budget = new CacheBudget(model.settings().cacheBudget());
        policies = new BoundPolicies(List.of(), model.manifest());
        trace = new Trace(model.settings().traceLength());
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
        watched.clear();
        watched.addAll(next.watched(model.manifest()));
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
        trace = new Trace(model.settings().traceLength());
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

    /** The execution for the present policies; opens their sessions. */
    public Execution load() {
        if (execution == null) {
            execution = new Execution(model, policies, watched, budget);
        }
        return execution;
    }

    public Outputs run(Step step, Map<String, ? extends OnnxTensor> inputs) {
        while (true) {
            try {
                return run(load(), step, inputs);
            } catch (UnwatchedTensorException e) {
                if (!watched.add(e.tensor())) {
                    throw new IllegalStateException("'" + e.tensor() + "' is watched, but no group makes it", e);
                }
                LOGGER.debug("a policy looks at '{}' too: sessions and contexts are made anew", e.tensor());
                closeExecution();
            }
        }
    }

    private Outputs run(Execution running, Step step, Map<String, ? extends OnnxTensor> inputs) {
        CountedTensor[] checked = inputCheck.check(inputs);
        OptionalDouble timestep = step.timestep().isPresent() ? step.timestep() : timestepInput.read(checked);
        ContextState context = running.context(current);
        Reason reset = context.admit(step.index(), timestep, checked, model.manifest());
        warn(step, context, reset);
        long start = System.nanoTime();
        Outputs outputs = running.run(
                step,
                timestep,
                context,
                checked,
                model.settings().nonFiniteCheck(),
                (run, segmentsRun, segmentsKept) -> record(run, context, reset, start, segmentsRun, segmentsKept));
        if (outputs != null) {
            return outputs;
        }
        LOGGER.warn(
                "step {} of context '{}' gave values that are not finite after reuse; computed again",
                step.index(),
                context.name());
        outputs = running.run(
                step,
                timestep,
                context,
                inputCheck.check(inputs),
                false,
                (run, segmentsRun, segmentsKept) ->
                        record(run, context, Reason.NON_FINITE, start, segmentsRun, segmentsKept));
        if (outputs == null) {
            throw new AssertionError("an unchecked step always has outputs");
        }
        return outputs;
    }

    private void record(
            StepRun run,
            ContextState context,
            @Nullable Reason reset,
            long start,
            BitSet segmentsRun,
            BitSet segmentsKept) {
        long computed = 0;
        for (int s = segmentsRun.nextSetBit(0); s >= 0; s = segmentsRun.nextSetBit(s + 1)) {
            computed += multiplyAdds[s];
        }
        trace.add(new StepTrace(
                run.step().index(),
                run.timestep(),
                context.name(),
                run.decisions(),
                run.measurements(),
                reset,
                segmentsRun,
                segmentsKept,
                System.nanoTime() - start,
                Math.round(computed * run.batchShare()),
                totalMultiplyAdds,
                budget.used()));
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

    public List<StepTrace> trace() {
        return trace.steps();
    }

    public Summary summary() {
        return trace.summary(budget, model.live());
    }

    public LoadedModel model() {
        return model;
    }

    public void close() {
        closeExecution();
        model.close();
    }

    private void closeExecution() {
        if (execution != null) {
            execution.close();
            execution = null;
        }
    }
}
