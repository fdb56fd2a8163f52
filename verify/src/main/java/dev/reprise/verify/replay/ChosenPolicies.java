package dev.reprise.verify.replay;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Names of the policies to replay. */
public final class ChosenPolicies {
    private ChosenPolicies() {}

    /**
     * Of each recording, in its order.
     *
     * @param names what was asked for: names in a recording, or kinds; empty for all
     * @throws InvalidPolicyException when a name is in no recording
     */
    public static List<Set<String>> of(List<String> names, List<Recording> recordings) {
        List<Set<String>> chosen = new ArrayList<>();
        Set<String> found = new LinkedHashSet<>();
        Set<String> all = new LinkedHashSet<>();
        for (Recording recording : recordings) {
            Map<String, RecordedPolicy> recorded = recording.description().policies();
            all.add(Recording.UNCACHED);
            all.addAll(recorded.keySet());
            chosen.add(of(names, recorded, found));
        }
        for (String name : names) {
            if (!found.contains(name)) {
                throw new InvalidPolicyException(
                        "a policy must be one of the recording's " + all + " or their kind, was '" + name + "'");
            }
        }
        return chosen;
    }

    /** The names that mean a policy of this recording go to {@code found}. */
    private static Set<String> of(List<String> names, Map<String, RecordedPolicy> recorded, Set<String> found) {
        Set<String> all = new LinkedHashSet<>();
        all.add(Recording.UNCACHED);
        all.addAll(recorded.keySet());
        if (names.isEmpty()) {
            return all;
        }
        Set<String> chosen = new LinkedHashSet<>();
        for (String name : names) {
            List<String> meant = all.contains(name)
                    ? List.of(name)
                    : recorded.entrySet().stream()
                            .filter(policy -> isKind(name, policy.getValue().policy()))
                            .map(Map.Entry::getKey)
                            .toList();
            if (!meant.isEmpty()) {
                found.add(name);
                chosen.addAll(meant);
            }
        }
        return chosen;
    }

    private static boolean isKind(String name, String policy) {
        try {
            return PolicyCatalogue.type(name).id().equals(policy);
        } catch (InvalidPolicyException e) {
            return name.equals(policy);
        }
    }
}
