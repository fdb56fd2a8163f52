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
public record TestPolicy(
        String id,
        Set<String> provides,
        Set<String> watches,
        Consumer<DenoisingStep> before,
        Consumer<DenoisingStep> after)
        implements CachePolicy {

    /** One that watches only what it provides. */
    public TestPolicy(String id, Set<String> provides, Consumer<DenoisingStep> before, Consumer<DenoisingStep> after) {
        this(id, provides, Set.of(), before, after);
    }

    public static TestPolicy before(Set<String> provides, Consumer<DenoisingStep> before) {
        return new TestPolicy("test", provides, before, step -> {});
    }

    /** The same, but it watches these tensors too. */
    public TestPolicy watching(String... tensors) {
        return new TestPolicy(id, provides, Set.of(tensors), before, after);
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        return new BoundPolicy(provides, watches, Map.of(), State::new);
    }

    private final class State implements PolicyState {
        @Override
        public void before(DenoisingStep step) {
            before.accept(step);
        }

        @Override
        public void after(DenoisingStep step) {
            after.accept(step);
        }
    }
}
