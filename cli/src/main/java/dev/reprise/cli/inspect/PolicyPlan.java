package dev.reprise.cli.inspect;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.PolicyCatalogue;
import dev.reprise.cache.PolicyType;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cli.policies.PolicyChoice;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one policy, with its default parameters, could do with a model.
 *
 * @param policy its name
 * @param obstacle why it cannot work, null where it can
 * @param provides tensors that it may provide
 * @param cacheBytes bytes it keeps per context, for the typical shapes
 * @param neededMultiplyAdds multiply-adds of a step at which it provides all it may
 * @param totalMultiplyAdds multiply-adds of a step that computes everything
 */
public record PolicyPlan(
        String policy,
        @Nullable String obstacle,
        Set<String> provides,
        long cacheBytes,
        long neededMultiplyAdds,
        long totalMultiplyAdds) {

    public PolicyPlan {
        provides = Set.copyOf(provides);
    }

    /** Plans of the whole catalogue. */
    public static List<PolicyPlan> all(Manifest model) {
        Demand demand = new Demand(model);
        List<PolicyPlan> plans = new ArrayList<>();
        for (PolicyType type : PolicyCatalogue.all()) {
            plans.add(of(type, model, demand));
        }
        return plans;
    }

    private static PolicyPlan of(PolicyType type, Manifest model, Demand demand) {
        long total = model.multiplyAdds();
        BoundPolicy bound;
        try {
            bound = PolicyChoice.of(type.id()).policy().bind(model);
        } catch (UnsupportedPolicyException | InvalidPolicyException e) {
            return new PolicyPlan(type.id(), String.valueOf(e.getMessage()), Set.of(), 0, total, total);
        }
        Map<String, TensorSpec> tensors = new HashMap<>();
        model.inputs().forEach(tensor -> tensors.put(tensor.name(), tensor));
        model.outputs().forEach(tensor -> tensors.put(tensor.name(), tensor));
        model.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
        long bytes = 0;
        for (Map.Entry<String, Integer> kept : bound.keeps().entrySet()) {
            TensorSpec tensor = tensors.get(kept.getKey());
            bytes += tensor == null ? 0 : kept.getValue() * tensor.typicalBytes();
        }
        return new PolicyPlan(
                type.id(),
                null,
                new TreeSet<>(bound.provides()),
                bytes,
                demand.multiplyAdds(bound.provides(), bound.pulls()),
                total);
    }

    /** How much faster a step can be, were only multiply-adds to cost time; infinite where nothing need be computed. */
    public double upperBound() {
        return neededMultiplyAdds == 0 && totalMultiplyAdds > 0
                ? Double.POSITIVE_INFINITY
                : totalMultiplyAdds == 0 ? 1 : (double) totalMultiplyAdds / neededMultiplyAdds;
    }
}
