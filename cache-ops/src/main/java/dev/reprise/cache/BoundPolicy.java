package dev.reprise.cache;

import java.util.Map;
import java.util.Set;

/** A policy tied to one model. */
public interface BoundPolicy {
    /** Fresh state for one context of one generation: nothing cached, so the next step computes. */
    PolicyState newState();

    /** Tensors it may provide. Two policies compose when these sets are disjoint. */
    Set<String> provides();

    /** Tensors it computes even at a step at which it provides all it may: its probes. For the bound on the speedup before a run. */
    default Set<String> pulls() {
        return Set.of();
    }

    /** How many tensors of the size of each named tensor it keeps per context, for the cache size before a run. */
    Map<String, Integer> keeps();
}
