package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** No caching: every step computes everything. What the other policies are measured against. No parameters, no state. */
public final class NoCache implements CachePolicy, BoundPolicy, PolicyState {
    public static final PolicyType TYPE = new PolicyType(
            "none", List.of("no_cache"), "Compute every step", "", List.of(), parameters -> new NoCache());

    private NoCache() {}

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    @Override
    public String id() {
        return TYPE.id();
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        return this;
    }

    @Override
    public PolicyState newState() {
        return this;
    }

    @Override
    public Set<String> provides() {
        return Set.of();
    }

    @Override
    public Map<String, Integer> keeps() {
        return Map.of();
    }

    @Override
    public void before(DenoisingStep step) {
        step.decide(Subject.MODEL, Decision.COMPUTE, Reason.NO_CACHE);
    }

    @Override
    public void after(DenoisingStep step) {}
}
