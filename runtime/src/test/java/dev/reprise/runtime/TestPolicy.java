package dev.reprise.runtime;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.graph.bundle.Manifest;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** A policy out of two lambdas. */
public record TestPolicy(String id, Set<String> provides, Consumer<DenoisingStep> before, Consumer<DenoisingStep> after)
        implements CachePolicy {

    public static TestPolicy before(Set<String> provides, Consumer<DenoisingStep> before) {
        return new TestPolicy("test", provides, before, step -> {});
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        return new BoundPolicy() {
            @Override
            public PolicyState newState() {
                return new PolicyState() {
                    @Override
                    public void before(DenoisingStep step) {
                        before.accept(step);
                    }

                    @Override
                    public void after(DenoisingStep step) {
                        after.accept(step);
                    }
                };
            }

            @Override
            public Set<String> provides() {
                return provides;
            }

            @Override
            public Map<String, Integer> keeps() {
                return Map.of();
            }
        };
    }
}
