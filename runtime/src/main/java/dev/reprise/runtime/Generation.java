package dev.reprise.runtime;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Reason;
import dev.reprise.cache.TensorMath;
import dev.reprise.graph.bundle.Segment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All state of one generation on a loaded model: contexts, what they keep, the trace. Used by one thread at a time. */
final class Generation {
    static final String DEFAULT_CONTEXT = "default";

    private static final Logger LOGGER = LoggerFactory.getLogger(Generation.class);
    /** Below this many steps neighbouring ones differ too much to reuse much. */
    private static final int FEW_STEPS = 8;

    private final LoadedModel model;
    private final InputCheck inputCheck;
    private final TimestepInput timestepInput;
    private final StepEngine engine;
    private final TensorMath math;
    private final Map<String, ContextState> contexts = new HashMap<>();
    private final long[] multiplyAdds;
    private final long totalMultiplyAdds;
    private CacheBudget budget;
    private @Nullable ExactCache exact;
    private Trace trace;
    private BoundPolicies policies;
    private String current = DEFAULT_CONTEXT;

    Generation(LoadedModel model) {
        this.model = model;
        inputCheck = new InputCheck(model.manifest().inputs());
        timestepInput = new TimestepInput(model.graph(), model.manifest().roles());
        engine = new StepEngine(model);
        math = new TensorMath(new StepFragments(model, engine));
        multiplyAdds = model.manifest().segments().stream()
                .mapToLong(Segment::multiplyAdds)
                .toArray();
        totalMultiplyAdds = model.manifest().multiplyAdds();
        policies = new BoundPolicies(List.of(), model.manifest());
        budget = new CacheBudget(model.settings().cacheBudget());
        trace = new Trace(model.settings().traceLength());
        exact = exactCache();
    }

    void enable(List<CachePolicy> enabled) {
        if (enabled.isEmpty()) {
            throw new IllegalArgumentException("enableCache needs at least one policy");
        }
        if (isEnabled()) {
            throw new IllegalStateException(
                    "caching is already enabled with " + policies.ids() + "; call disableCache first");
        }
        use(new BoundPolicies(enabled, model.manifest()));
    }

    void disable() {
        use(new BoundPolicies(List.of(), model.manifest()));
    }

    private void use(BoundPolicies next) {
        clearContexts();
        policies = next;
    }

    boolean isEnabled() {
        return policies.size() > 0;
    }

    /** Begins anew: nothing kept, empty trace. */
    void reset() {
        clearContexts();
        budget = new CacheBudget(model.settings().cacheBudget());
        trace = new Trace(model.settings().traceLength());
        exact = exactCache();
    }

    private @Nullable ExactCache exactCache() {
        return model.settings().exactCaching() ? new ExactCache(model, budget) : null;
    }

    private void clearContexts() {
        contexts.values().forEach(ContextState::clear);
        contexts.clear();
    }

    /** Switches the context. Returns the one before. */
    String switchTo(String context) {
        String before = current;
        current = context;
        return before;
    }

    String current() {
        return current;
    }

    Outputs run(Step step, Map<String, ? extends OnnxTensor> inputs) {
        CountedTensor[] checked = inputCheck.check(inputs);
        OptionalDouble timestep = step.timestep().isPresent() ? step.timestep() : timestepInput.read(checked);
        ContextState context =
                contexts.computeIfAbsent(current, name -> new ContextState(name, policies, budget, engine, exact));
        Reason reset = context.admit(step.index(), timestep, checked, model.graph());
        warn(step, context, reset);
        long start = System.nanoTime();
        Outputs outputs = attempt(step, timestep, context, checked, reset, start, true);
        if (outputs == null) {
            context.resetPolicies();
            LOGGER.warn(
                    "step {} of context '{}' gave values that are not finite after reuse; computed again",
                    step.index(),
                    context.name());
            outputs = attempt(step, timestep, context, inputCheck.check(inputs), Reason.NON_FINITE, start, false);
        }
        if (outputs == null) {
            throw new AssertionError("an unchecked attempt always has outputs");
        }
        return outputs;
    }

    /** Runs the step once. Null when its output is checked and not finite. */
    private @Nullable Outputs attempt(
            Step step,
            OptionalDouble timestep,
            ContextState context,
            CountedTensor[] inputs,
            @Nullable Reason reset,
            long start,
            boolean check) {
        StepRun run = new StepRun(step, timestep, context, policies, engine, model.graph(), math);
        boolean done = false;
        try {
            ExactCache.Kept kept = context.kept();
            if (kept != null) {
                kept.observe(inputs);
            }
            engine.begin(inputs, kept);
            run.compute();
            if (check && model.settings().nonFiniteCheck() && run.reused() && !run.isFinite()) {
                done = true;
                return null;
            }
            Outputs outputs = run.handOut();
            record(run, context, reset, start);
            done = true;
            return outputs;
        } finally {
            engine.end();
            if (!done) {
                // Half a step: what the policies remember no longer fits together.
                context.resetPolicies();
            }
        }
    }

    private void record(StepRun run, ContextState context, @Nullable Reason reset, long start) {
        long computed = 0;
        for (int s = engine.ran().nextSetBit(0); s >= 0; s = engine.ran().nextSetBit(s + 1)) {
            computed += multiplyAdds[s];
        }
        trace.add(new StepTrace(
                run.step().index(),
                run.timestep(),
                context.name(),
                run.decisions(),
                reset,
                engine.ran(),
                engine.kept(),
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

    List<StepTrace> trace() {
        return trace.steps();
    }

    Summary summary() {
        return trace.summary(budget, model.live());
    }

    LoadedModel model() {
        return model;
    }

    void close() {
        clearContexts();
        model.close();
    }
}
