package dev.reprise.cli.policies;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Choosing policies: {@code --policy NAME --set name=value --policy NAME --policy-config FILE …}. */
public final class PolicyOptions {
    /** A policy and its parameters; picocli begins another group with every {@code --policy}. */
    static final class Group {
        @Option(
                names = {"-p", "--policy"},
                required = true,
                paramLabel = "NAME[=JSON]",
                completionCandidates = PolicyNames.class,
                description = "A cache policy, by name or alias ('reprise policies' lists them); repeatable.")
        private String policy = "";

        @Option(
                names = "--policy-config",
                paramLabel = "FILE|JSON",
                description =
                        "Parameters of the --policy before it: a JSON object or a file with one, as 'freeze' writes it.")
        private @Nullable String config;

        @Option(
                names = "--set",
                paramLabel = "NAME=VALUE",
                description = "One parameter of the --policy before it; repeatable.")
        // No list to begin with: picocli would give the same one to several groups.
        private @Nullable List<String> assignments;

        private String name() {
            int equals = policy.indexOf('=');
            return equals < 0 ? policy : policy.substring(0, equals);
        }

        private PolicyChoice choice(String label) {
            JsonNode parameters = Json.object();
            if (policy.length() > name().length()) {
                parameters =
                        PolicyConfiguration.of(policy.substring(name().length() + 1), name(), "--policy " + name());
            }
            if (config != null) {
                parameters = PolicyConfiguration.read(config, name());
            }
            return PolicyChoice.of(label, name(), parameters, assignments == null ? List.of() : assignments);
        }
    }

    @ArgGroup(exclusive = false, multiplicity = "0..*")
    private List<Group> groups = new ArrayList<>();

    /** Every policy chosen, in order; empty when none was. Labels are unique. */
    public List<PolicyChoice> choices() {
        List<PolicyChoice> choices = new ArrayList<>();
        Set<String> labels = new HashSet<>();
        for (Group group : groups) {
            String label = group.name();
            for (int number = 2; !labels.add(label); number++) {
                label = group.name() + "_" + number;
            }
            choices.add(group.choice(label));
        }
        return choices;
    }
}
