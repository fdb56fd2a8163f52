package dev.reprise.runtime.step;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Saving;
import dev.reprise.graph.bundle.Manifest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The policies enabled together on one model. They compose when no two of them provide the same tensor. */
final class BoundPolicies {
    private final List<String> ids = new ArrayList<>();
    private final List<BoundPolicy> policies = new ArrayList<>();
    private final Set<String> borders = new HashSet<>();

    /**
     * @throws IllegalArgumentException when two of them provide the same tensor, or one declares a tensor that the model does not
     *     have
     * @throws dev.reprise.cache.UnsupportedPolicyException when the model lacks what one needs, or one can save nothing in it
     */
    BoundPolicies(List<CachePolicy> enabled, Manifest manifest) {
        manifest.inputs().forEach(input -> borders.add(input.name()));
        manifest.outputs().forEach(output -> borders.add(output.name()));
        Set<String> known = new HashSet<>(borders);
        manifest.tensors().forEach(tensor -> known.add(tensor.name()));
        for (CachePolicy policy : enabled) {
            BoundPolicy bound = policy.bind(manifest);
            for (int i = 0; i < policies.size(); i++) {
                Set<String> both = new HashSet<>(bound.provides());
                both.retainAll(policies.get(i).provides());
                if (!both.isEmpty()) {
                    throw new IllegalArgumentException("policies " + ids.get(i) + " and " + policy.id()
                            + " cannot run together: both provide " + describe(both));
                }
            }
            requireKnown(known, policy.id(), bound.provides());
            requireKnown(known, policy.id(), bound.watches());
            Saving.require(policy.id(), manifest, bound);
            ids.add(policy.id());
            policies.add(bound);
        }
    }

    private static void requireKnown(Set<String> known, String policy, Set<String> tensors) {
        Set<String> unknown = new HashSet<>(tensors);
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "policy " + policy + " names " + describe(unknown) + ", which this bundle does not have");
        }
    }

    private static String describe(Set<String> tensors) {
        List<String> sorted = tensors.stream().sorted().toList();
        return sorted.size() <= 3 ? sorted.toString() : sorted.subList(0, 3) + " and " + (sorted.size() - 3) + " more";
    }

    int size() {
        return policies.size();
    }

    String id(int policy) {
        return ids.get(policy);
    }

    BoundPolicy policy(int policy) {
        return policies.get(policy);
    }

    boolean provides(int policy, String tensor) {
        return policies.get(policy).provides().contains(tensor);
    }

    /** Whether a policy declared to look at a tensor. Any step has the inputs and outputs of the model. */
    boolean watches(int policy, String tensor) {
        return borders.contains(tensor) || policies.get(policy).watches().contains(tensor) || provides(policy, tensor);
    }

    /** Tensors inside of the model that the policies declared to provide or watch: where stages are cut. */
    Set<String> watched() {
        Set<String> watched = new HashSet<>();
        for (BoundPolicy policy : policies) {
            watched.addAll(policy.provides());
            watched.addAll(policy.watches());
        }
        watched.removeAll(borders);
        return watched;
    }

    List<String> ids() {
        return List.copyOf(ids);
    }
}
