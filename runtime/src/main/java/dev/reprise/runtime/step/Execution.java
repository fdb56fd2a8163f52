package dev.reprise.runtime.step;

import dev.reprise.cache.math.TensorMath;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.exact.ExactCache;
import dev.reprise.runtime.plan.UnwatchedTensorException;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.session.SessionPlan;
import dev.reprise.runtime.tensor.CacheBudget;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A generation's policies at work on the sessions that they need: a step engine and the contexts. Lives until the policies change. */
final class Execution {
    private final LoadedModel model;
    private final BoundPolicies policies;
    private final CacheBudget budget;
    private final SessionPlan plan;
    private final StepEngine engine;
    private final TensorMath math;
    private final @Nullable ExactCache exact;
    private final Map<String, ContextState> contexts = new HashMap<>();

    /** @param watched tensors that the policies may name; others throw {@link UnwatchedTensorException} */
    Execution(LoadedModel model, BoundPolicies policies, Set<String> watched, CacheBudget budget) {
        this.model = model;
        this.policies = policies;
        this.budget = budget;
        plan = model.plan(watched);
        engine = new StepEngine(model, plan);
        math = new TensorMath(new StepFragments(model, engine));
        exact = model.settings().exactCaching() ? new ExactCache(model, plan, budget) : null;
    }

    ContextState context(String name) {
        return contexts.computeIfAbsent(name, key -> new ContextState(key, policies, budget, engine, exact));
    }

    /**
     * Runs a step once.
     *
     * @param check whether outputs that rest on reuse are checked to be finite
     * @param result takes what happened, while the tensors of the step still live
     * @return the outputs, null when they were checked and are not finite
     */
    @Nullable
    Outputs run(
            Step step,
            OptionalDouble timestep,
            ContextState context,
            CountedTensor[] inputs,
            boolean check,
            StepResult result) {
        StepRun run = new StepRun(step, timestep, context, policies, engine, plan.graph(), math);
        boolean done = false;
        try {
            ExactCache.Kept kept = context.kept();
            if (kept != null) {
                kept.observe(inputs);
            }
            engine.begin(inputs, kept);
            run.compute();
            Outputs outputs = check && run.reused() && !run.isFinite() ? null : run.handOut();
            if (outputs != null) {
                result.take(run, plan.segments(engine.ran()), plan.segments(engine.kept()));
            }
            done = outputs != null;
            return outputs;
        } finally {
            engine.end();
            if (!done) {
                // Half a step, or one of bad values: what the policies remember no longer fits together.
                context.resetPolicies();
            }
        }
    }

    /** What is told about a step that was computed. */
    interface StepResult {
        void take(StepRun run, BitSet segmentsRun, BitSet segmentsKept);
    }

    /** Drops all that the contexts keep. */
    void clear() {
        contexts.values().forEach(ContextState::clear);
        contexts.clear();
    }

    void close() {
        clear();
        model.release(plan);
    }
}
