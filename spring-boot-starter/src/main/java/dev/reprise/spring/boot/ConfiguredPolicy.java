package dev.reprise.spring.boot;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The policy that the properties name; none computes every step. */
final class ConfiguredPolicy {
    static final String POLICY = "reprise.policy";
    static final String PARAMETERS = "reprise.policy-parameters";
    static final String CONFIG = "reprise.policy-config";
    private static final String NONE = "none";

    private ConfiguredPolicy() {}

    static CachePolicy of(RepriseProperties properties) {
        @Nullable Path config = properties.policyConfig();
        if (config != null) {
            if (properties.policy() != null) {
                throw new InvalidPropertyException(
                        CONFIG,
                        "must not be set beside " + POLICY + ", was " + config + " beside " + properties.policy());
            }
            if (!properties.policyParameters().isEmpty()) {
                throw new InvalidPropertyException(
                        CONFIG,
                        "must not be set beside " + PARAMETERS + ", was " + config + " beside "
                                + properties.policyParameters());
            }
            return fromFile(config);
        }
        @Nullable String name = properties.policy();
        if (name == null) {
            if (!properties.policyParameters().isEmpty()) {
                throw new InvalidPropertyException(
                        POLICY,
                        "must be set where " + PARAMETERS + " are, was not set beside "
                                + properties.policyParameters());
            }
            name = NONE;
        }
        return named(name, properties.policyParameters());
    }

    /** Where a message about a policy that does not suit the model belongs. */
    static String property(RepriseProperties properties) {
        return properties.policyConfig() == null ? POLICY : CONFIG;
    }

    private static CachePolicy named(String name, Map<String, String> parameters) {
        PolicyType type;
        try {
            type = PolicyCatalogue.type(name);
        } catch (InvalidPolicyException e) {
            throw new InvalidPropertyException(POLICY, "cannot be used: " + e.getMessage(), e);
        }
        List<String> assignments = parameters.entrySet().stream()
                .map(entry -> parameterName(type, entry.getKey()) + "=" + entry.getValue())
                .sorted()
                .toList();
        try {
            return PolicyCatalogue.parse(name, assignments);
        } catch (InvalidPolicyException e) {
            String property = e.parameter()
                    .map(parameter -> PARAMETERS + "." + parameter.replace('_', '-'))
                    .orElse(PARAMETERS);
            throw new InvalidPropertyException(property, "cannot be used: " + e.getMessage(), e);
        }
    }

    /**
     * Spring Boot takes underscores out of the names of properties, so {@code skip-range}, {@code skiprange} and {@code skip_range} are one
     * parameter.
     */
    private static String parameterName(PolicyType type, String written) {
        return type.parameters().stream()
                .map(Parameter::name)
                .filter(known -> letters(known).equals(letters(written)))
                .findFirst()
                .orElse(written);
    }

    private static String letters(String name) {
        return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }

    private static CachePolicy fromFile(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidPropertyException(CONFIG, "must name a file with a policy, found none at " + file);
        }
        try {
            return PolicyCatalogue.load(file);
        } catch (InvalidPolicyException e) {
            throw new InvalidPropertyException(CONFIG, "cannot be used: " + file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new InvalidPropertyException(CONFIG, "cannot be read: " + e, e);
        }
    }
}
