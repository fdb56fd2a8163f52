package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.reuse.ComputeAlways;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;

/** No caching: every step computes everything. What the other policies are measured against. No parameters, no state. */
public final class NoCache implements CachePolicy {
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
        return new ComputeAlways(Subject.MODEL, Reason.NO_CACHE).bound();
    }
}
