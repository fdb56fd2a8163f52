package dev.reprise.runtime.step;

import dev.reprise.cache.math.TensorMath;
import dev.reprise.ort.Closing;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.Transfers;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.exact.ExactCache;
import dev.reprise.runtime.plan.StageGraph;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.session.StagePlan;
import dev.reprise.runtime.tensor.CacheBudget;
import dev.reprise.runtime.tensor.SharedResults;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** A generation's policies at work on the sessions that they need: a step engine and the contexts. Lives until the policies change. */
final class Execution {
    private final LoadedModel model;
    private final BoundPolicies policies;
    private final CacheBudget budget;
    private final Transfers transfers;
    private final StagePlan plan;
    private final StepEngine engine;
    private final TensorMath math;
    private final @Nullable ExactCache exact;
    private final Map<String, ContextState> contexts = new HashMap<>();

    Execution(
            LoadedModel model,
            BoundPolicies policies,
            CacheBudget budget,
            Transfers transfers,
            @Nullable SharedResults shared) {
        this.model = model;
        this.policies = policies;
        this.budget = budget;
        plan = model.plan(policies.watched());
        this.transfers = transfers;
        engine = newEngine();
        math = new TensorMath(new StepFragments(model, engine.tensors()::temporary, transfers));
        exact = model.settings().exactCaching() ? new ExactCache(model, plan, budget, shared) : null;
    }

    private StepEngine newEngine() {
        try {
            return new StepEngine(model, plan, transfers);
        } catch (RuntimeException e) {
            model.release(plan);
            throw e;
        }
    }

    ContextState context(String name) {
        return contexts.computeIfAbsent(name, key -> new ContextState(key, policies, budget, engine, exact));
    }

    /** Runs a step. Where the settings say so, outputs that rest on reuse and are not finite are not handed out. */
    StepOutcome run(Step step, OptionalDouble timestep, ContextState context, CountedTensor[] inputs) {
        return run(step, timestep, context, inputs, model.settings().nonFiniteCheck());
    }

    /** Runs a step whose outputs are handed out whatever they are. */
    StepOutcome runUnchecked(Step step, OptionalDouble timestep, ContextState context, CountedTensor[] inputs) {
        return run(step, timestep, context, inputs, false);
    }

    private StepOutcome run(
            Step step, OptionalDouble timestep, ContextState context, CountedTensor[] inputs, boolean check) {
        boolean complete = false;
        try {
            ExactCache.Kept kept = context.kept();
            if (kept != null) {
                kept.observe(inputs);
            }
            engine.begin(inputs, kept);
            StepOutcome outcome = new StepRun(step, timestep, context, this).run(check);
            transfers.finish();
            complete = outcome.outputs() != null;
            return outcome;
        } finally {
            engine.end();
            if (!complete) {
                // Half a step, or one of bad values: what the policies remember no longer fits together.
                context.resetPolicies();
            }
        }
    }

    BoundPolicies policies() {
        return policies;
    }

    StagePlan plan() {
        return plan;
    }

    StageGraph graph() {
        return plan.graph();
    }

    StepEngine engine() {
        return engine;
    }

    /** Whether outputs are handed out where they were computed. */
    boolean outputsOnDevice() {
        return model.settings().outputsOnDevice();
    }

    TensorMath math() {
        return math;
    }

    /** Drops all that the contexts keep. */
    void clear() {
        contexts.values().forEach(ContextState::clear);
        contexts.clear();
        if (exact != null) {
            exact.begin();
        }
    }

    void close() {
        new Closing()
                .add(this::clear)
                .add(engine::close)
                .add(() -> model.release(plan))
                .finish();
    }
}
