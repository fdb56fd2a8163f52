package dev.reprise.verify.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.verify.text.Json;
import java.util.List;

/**
 * A policy with its parameters, as somebody chose it.
 *
 * @param label what it is called in tables and recordings: the name that was given
 * @param type its kind
 * @param parameters those that were given, by the catalogue's names and as their types write them
 * @param policy the policy
 */
public record PolicyChoice(String label, PolicyType type, ObjectNode parameters, CachePolicy policy) {

    /**
     * From a name, the JSON object of its parameters and {@code name=value} assignments, which win.
     *
     * @throws dev.reprise.cache.InvalidPolicyException when the catalogue does not know it like that
     */
    public static PolicyChoice of(String label, String name, JsonNode parameters, List<String> assignments) {
        PolicyType type = PolicyCatalogue.type(name);
        PolicyBuilder builder = type.builder().setAll(parameters);
        assignments.forEach(builder::set);
        return new PolicyChoice(label, type, (ObjectNode) Json.of(builder.given()), builder.build());
    }

    public static PolicyChoice of(String name) {
        return of(name, name, Json.object(), List.of());
    }

    /** {@code {"policy": "first_block_cache", "parameters": {"threshold": 0.1}}}: what {@code --policy-config} reads. */
    public ObjectNode json() {
        return json(type.id(), parameters);
    }

    /** The same of a policy that was not built. */
    public static ObjectNode json(String policy, JsonNode parameters) {
        ObjectNode json = Json.object();
        json.put("policy", policy);
        json.set("parameters", parameters);
        return json;
    }

    /** {@code fbc threshold=0.1}. */
    public String title() {
        return title(label, parameters);
    }

    /** The same of a policy that was not built: its name, and what is set, each a word that a table need not break. */
    public static String title(String label, JsonNode parameters) {
        StringBuilder title = new StringBuilder(label);
        parameters
                .properties()
                .forEach(property -> title.append(' ')
                        .append(property.getKey())
                        .append('=')
                        .append(
                                property.getValue().isTextual()
                                        ? property.getValue().textValue()
                                        : property.getValue().toString()));
        return title.toString();
    }
}
