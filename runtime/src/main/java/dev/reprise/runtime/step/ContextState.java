package dev.reprise.runtime.step;

import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.exact.ExactCache;
import dev.reprise.runtime.tensor.CacheBudget;
import dev.reprise.runtime.tensor.SlotCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Everything that one context of one generation remembers from step to step. */
final class ContextState {
    private final String name;
    private final BoundPolicies policies;
    private final CacheBudget budget;
    private final StepEngine engine;
    private final @Nullable ExactCache exact;
    private final List<PolicyState> states = new ArrayList<>();
    private final List<SlotCache> caches = new ArrayList<>();
    private StepOrder order = new StepOrder();
    private ExactCache.@Nullable Kept kept;
    private ExactCache.@Nullable Kept keptForReplacedInputs;
    private ElementType[] types = new ElementType[0];
    private long[][] shapes = new long[0][];

    ContextState(
            String name, BoundPolicies policies, CacheBudget budget, StepEngine engine, @Nullable ExactCache exact) {
        this.name = name;
        this.policies = policies;
        this.budget = budget;
        this.engine = engine;
        this.exact = exact;
        makeStates();
    }

    String name() {
        return name;
    }

    PolicyState state(int policy) {
        return states.get(policy);
    }

    SlotCache cache(int policy) {
        return caches.get(policy);
    }

    /** What exact caching keeps for steps with the caller's inputs, null when it is off. */
    ExactCache.@Nullable Kept kept() {
        if (kept == null && exact != null) {
            kept = exact.newKept();
        }
        return kept;
    }

    /** The same for steps in which a policy replaced inputs (half a batch): apart, so that neither drives out the other. */
    ExactCache.@Nullable Kept keptForReplacedInputs() {
        if (keptForReplacedInputs == null && exact != null) {
            keptForReplacedInputs = exact.newKept();
        }
        return keptForReplacedInputs;
    }

    /** Takes note of the next step; resets the policies when it does not continue what they remember. Returns why, null otherwise. */
    @Nullable
    Reason admit(int index, OptionalDouble timestep, CountedTensor[] inputs, Manifest manifest) {
        String change = describeChange(inputs, manifest);
        Reason reason = order.next(index, timestep);
        if (reason == null && change != null) {
            reason = new Reason(Reason.SHAPE_CHANGED.code(), change);
        }
        if (reason != null) {
            resetPolicies();
            if (exact != null) {
                exact.begin();
            }
        }
        types = new ElementType[inputs.length];
        shapes = new long[inputs.length][];
        for (int i = 0; i < inputs.length; i++) {
            types[i] = inputs[i].elementType();
            shapes[i] = inputs[i].shape();
        }
        return reason;
    }

    private @Nullable String describeChange(CountedTensor[] inputs, Manifest manifest) {
        for (int i = 0; i < shapes.length; i++) {
            if (types[i] != inputs[i].elementType() || !inputs[i].hasShape(shapes[i])) {
                return manifest.inputs().get(i).name() + " " + types[i] + Arrays.toString(shapes[i]) + "→" + inputs[i];
            }
        }
        return null;
    }

    /** Drops what the policies remember. Exact caching compares contents and needs no reset. */
    void resetPolicies() {
        caches.forEach(SlotCache::clear);
        caches.clear();
        states.clear();
        makeStates();
    }

    /** Drops everything. */
    void clear() {
        resetPolicies();
        if (kept != null) {
            kept.clear();
            kept = null;
        }
        if (keptForReplacedInputs != null) {
            keptForReplacedInputs.clear();
            keptForReplacedInputs = null;
        }
        order = new StepOrder();
        shapes = new long[0][];
    }

    private void makeStates() {
        for (int i = 0; i < policies.size(); i++) {
            states.add(policies.policy(i).state().get());
            caches.add(new SlotCache(budget, engine::copy));
        }
    }
}
