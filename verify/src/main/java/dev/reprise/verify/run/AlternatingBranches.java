package dev.reprise.verify.run;

import dev.reprise.graph.recording.StoredTensor;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Recognizes inputs of a pipeline that called the model twice in a step, once for each guidance branch: what a policy kept from one branch
 * would be compared with the other.
 *
 * <pre>
 * call             0     1     2     3
 * latents          a     a     b     b     differ between pairs only
 * prompt           p     q     p     q     differs within pairs only
 * </pre>
 *
 * <p>A solver that evaluates a step twice changes its latents within the pair, too, and is not taken for this.
 */
final class AlternatingBranches {
    private AlternatingBranches() {}

    /** The inputs that alternate, empty where calls are steps. */
    static Optional<Set<String>> of(List<Map<String, StoredTensor>> calls) {
        if (calls.size() < 4 || calls.size() % 2 != 0) {
            return Optional.empty();
        }
        Set<String> within = new LinkedHashSet<>();
        Set<String> between = new LinkedHashSet<>();
        for (int call = 0; call < calls.size(); call += 2) {
            within.addAll(differing(calls.get(call), calls.get(call + 1)));
            if (call > 0) {
                Set<String> moved = differing(calls.get(call - 2), calls.get(call));
                if (moved.isEmpty()) {
                    return Optional.empty();
                }
                between.addAll(moved);
                between.addAll(differing(calls.get(call - 1), calls.get(call + 1)));
            }
        }
        boolean alternate = !within.isEmpty() && between.stream().noneMatch(within::contains);
        return alternate ? Optional.of(within) : Optional.empty();
    }

    private static Set<String> differing(Map<String, StoredTensor> one, Map<String, StoredTensor> other) {
        Set<String> names = new LinkedHashSet<>(one.keySet());
        names.addAll(other.keySet());
        names.removeIf(name -> Objects.equals(one.get(name), other.get(name)));
        return names;
    }
}
