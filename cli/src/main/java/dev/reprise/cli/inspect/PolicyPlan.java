package dev.reprise.cli.inspect;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableListMultimap;
import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.Saving;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one policy could do with a model.
 *
 * @param policy its name
 * @param parameters what it was planned with
 * @param obstacle why it cannot work, null where it can
 * @param provides tensors that it may provide
 * @param cacheBytes bytes it keeps per context, for the typical shapes
 * @param neededMultiplyAdds multiply-adds of a step at which it provides all it may
 * @param generationShare share of the multiply-adds of a generation that it computes at least
 * @param totalMultiplyAdds multiply-adds of a step that computes everything
 */
public record PolicyPlan(
        String policy,
        ObjectNode parameters,
        @Nullable String obstacle,
        Set<String> provides,
        long cacheBytes,
        long neededMultiplyAdds,
        double generationShare,
        long totalMultiplyAdds) {

    public PolicyPlan {
        provides = Set.copyOf(provides);
    }

    /**
     * Where the defaults alone say little, rows of parameters; the first of a row that the model can take is planned with. A table
     * or polynomial that every model has to measure first does not matter here.
     */
    private static final ImmutableListMultimap<String, List<String>> ROWS =
            ImmutableListMultimap.<String, List<String>>builder()
                    .put(
                            "pyramid_attention_broadcast",
                            List.of(
                                    "{\"spatial_attention_block_skip_range\":2,\"cross_attention_block_skip_range\":3}"))
                    .put("faster_cache", List.of("{}", "{\"tensor_format\":\"BCHW\"}"))
                    .put("taylorseer", List.of("{\"cache_identifiers\":[\".*attn\\\\d?\"]}", "{}"))
                    .put("taylorseer", List.of("{\"use_lite_mode\":true}"))
                    .put("magcache", List.of("{\"mag_ratios\":[1]}"))
                    .put("sencache", List.of("{\"j_x_norm\":[1],\"j_t_norm\":[0],\"timesteps\":[0]}"))
                    .build();

    /**
     * Plans of the whole catalogue.
     *
     * @param steps denoising steps of the generation
     */
    public static List<PolicyPlan> all(Manifest model, int steps) {
        Demand demand = new Demand(model);
        List<PolicyPlan> plans = new ArrayList<>();
        for (PolicyType type : PolicyCatalogue.all()) {
            List<List<String>> rows = ROWS.get(type.id());
            for (List<String> configs : rows.isEmpty() ? List.of(List.of("{}")) : rows) {
                plans.add(first(type, configs, model, demand, steps));
            }
        }
        return plans;
    }

    private static PolicyPlan first(PolicyType type, List<String> configs, Manifest model, Demand demand, int steps) {
        PolicyPlan last = of(type, configs.get(0), model, demand, steps);
        for (int i = 1; i < configs.size() && last.obstacle() != null; i++) {
            last = of(type, configs.get(i), model, demand, steps);
        }
        return last;
    }

    private static PolicyPlan of(PolicyType type, String json, Manifest model, Demand demand, int steps) {
        long total = model.multiplyAdds();
        ObjectNode parameters = Json.parseObject(json);
        BoundPolicy bound;
        double generationShare;
        try {
            bound = PolicyChoice.of(type.id(), type.id(), parameters, List.of())
                    .policy()
                    .bind(model);
            Saving.require(type.id(), model, bound);
            generationShare = new DryGeneration(model, demand, steps).computedShare(bound);
        } catch (UnsupportedPolicyException | InvalidPolicyException e) {
            return new PolicyPlan(type.id(), parameters, String.valueOf(e.getMessage()), Set.of(), 0, total, 1, total);
        }
        long bytes = 0;
        for (Map.Entry<String, Integer> kept : bound.keeps().entrySet()) {
            TensorSpec tensor = demand.tensor(kept.getKey());
            bytes += tensor == null ? 0 : kept.getValue() * tensor.typicalBytes();
        }
        return new PolicyPlan(
                type.id(),
                parameters,
                null,
                new TreeSet<>(bound.provides()),
                bytes,
                demand.multiplyAdds(bound.provides(), bound.watches()),
                generationShare,
                total);
    }

    /** {@code taylorseer (lite)}: what its row in a table is called. */
    String title() {
        return parameters.path("use_lite_mode").booleanValue() ? policy + " (lite)" : policy;
    }

    /** How much faster a step can be, were only multiply-adds to cost time; infinite where nothing need be computed. */
    public double upperBound() {
        return neededMultiplyAdds == 0 && totalMultiplyAdds > 0
                ? Double.POSITIVE_INFINITY
                : totalMultiplyAdds == 0 ? 1 : (double) totalMultiplyAdds / neededMultiplyAdds;
    }

    /** The same of the whole generation, which always computes something. */
    public double generationSpeedup() {
        return 1 / generationShare;
    }
}
