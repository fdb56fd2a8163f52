package dev.reprise.cache.part;

import dev.reprise.graph.bundle.Manifest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Where: the part of the model that is computed or not. Immutable; may serve many models and threads. */
public interface Span {
    /**
     * Ties it to a model.
     *
     * @param policy id of the policy, for messages
     * @param copies how many tensors the forecast keeps for each one
     * @throws dev.reprise.cache.UnsupportedPolicyException when the model lacks what it needs
     */
    Bound bind(String policy, Manifest model, int copies);

    /**
     * A span tied to a model.
     *
     * @param subjects what its decisions are about, as the trace writes it
     * @param provides tensors that it stands in for
     * @param watches tensors that it pulls or observes besides
     * @param keeps how many tensors of the size of each named one are kept per context
     * @param part makes the state of one context from the forecast of each slot
     */
    record Bound(
            List<String> subjects,
            Set<String> provides,
            Set<String> watches,
            Map<String, Integer> keeps,
            Function<Function<String, Forecast>, Skippable> part) {
        public Bound {
            subjects = List.copyOf(subjects);
            provides = Set.copyOf(provides);
            watches = Set.copyOf(watches);
            keeps = Map.copyOf(keeps);
        }
    }
}
