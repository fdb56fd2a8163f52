package dev.reprise.runtime.step;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.graph.bundle.Manifest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The policies enabled together on one model. They compose when no two of them provide the same tensor. */
final class BoundPolicies {
    private final List<String> ids = new ArrayList<>();
    private final List<BoundPolicy> policies = new ArrayList<>();
    private final List<Set<String>> provided = new ArrayList<>();

    /** @throws IllegalArgumentException when two of them provide the same tensor */
    BoundPolicies(List<CachePolicy> enabled, Manifest manifest) {
        for (CachePolicy policy : enabled) {
            BoundPolicy bound = policy.bind(manifest);
            Set<String> provides = Set.copyOf(bound.provides());
            for (int i = 0; i < policies.size(); i++) {
                Set<String> both = new HashSet<>(provides);
                both.retainAll(provided.get(i));
                if (!both.isEmpty()) {
                    throw new IllegalArgumentException("policies " + ids.get(i) + " and " + policy.id()
                            + " cannot run together: both provide " + describe(both));
                }
            }
            ids.add(policy.id());
            policies.add(bound);
            provided.add(provides);
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
        return provided.get(policy).contains(tensor);
    }

    /** Tensors that the policies declared to provide or watch, but for inputs and outputs of the model. */
    Set<String> watched(Manifest manifest) {
        Set<String> watched = new HashSet<>();
        for (BoundPolicy policy : policies) {
            watched.addAll(policy.provides());
            watched.addAll(policy.watches());
        }
        manifest.inputs().forEach(input -> watched.remove(input.name()));
        manifest.outputs().forEach(output -> watched.remove(output.name()));
        return watched;
    }

    List<String> ids() {
        return List.copyOf(ids);
    }
}
