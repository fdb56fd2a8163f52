package dev.reprise.cache;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A policy tied to one model: the tensors it has to do with, by the manifest's names, and its state. The runtime cuts the model at
 * the tensors named here, so a step refuses a policy that asks for another.
 *
 * @param provides tensors it may provide. Two policies compose when these sets are disjoint
 * @param watches tensors that it pulls, observes or asks {@link DenoisingStep#computed} for, besides those it provides. It computes
 *     them even at a step at which it provides all it may. Model inputs and outputs, which any step has, need not be named
 * @param keeps how many tensors of the size of each named one it keeps per context, for the cache size before a run
 * @param state makes fresh state for one context of one generation: nothing cached, so the next step computes
 */
public record BoundPolicy(
        Set<String> provides, Set<String> watches, Map<String, Integer> keeps, Supplier<PolicyState> state) {

    public BoundPolicy {
        provides = Set.copyOf(provides);
        watches = Set.copyOf(watches);
        keeps = Map.copyOf(keeps);
        keeps.forEach((tensor, count) -> {
            if (count < 1) {
                throw new IllegalArgumentException("keeps must count at least 1 of " + tensor + ", was " + count);
            }
        });
    }

    /** What {@link #keeps} says for {@code copies} of each of these tensors; more may be put into it. */
    public static Map<String, Integer> copies(int copies, Collection<String> tensors) {
        Map<String, Integer> keeps = new LinkedHashMap<>();
        tensors.forEach(tensor -> keeps.put(tensor, copies));
        return keeps;
    }
}
