package dev.reprise.cli.policies;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.text.Json;
import java.util.List;

/**
 * A policy with its parameters, as somebody chose it.
 *
 * @param label what it is called in tables and recordings: the name that was given
 * @param type its kind
 * @param config the parameters that were given, by the catalogue's names where possible
 * @param policy the policy
 */
public record PolicyChoice(String label, PolicyType type, ObjectNode config, CachePolicy policy) {

    /**
     * From a name, the JSON object of its parameters and {@code name=value} assignments, which win.
     *
     * @throws dev.reprise.cache.InvalidPolicyException when the catalogue does not know it like that
     */
    public static PolicyChoice of(String label, String name, JsonNode config, List<String> assignments) {
        PolicyType type = PolicyCatalogue.type(name);
        PolicyBuilder builder = type.builder();
        ObjectNode given = Json.object();
        config.properties().forEach(property -> {
            builder.set(property.getKey(), property.getValue());
            given.set(property.getKey(), property.getValue());
        });
        for (String assignment : assignments) {
            builder.set(assignment);
            int equals = assignment.indexOf('=');
            given.set(assignment.substring(0, equals).strip(), plain(assignment.substring(equals + 1)));
        }
        return new PolicyChoice(label, type, given, builder.build());
    }

    public static PolicyChoice of(String name) {
        return of(name, name, Json.object(), List.of());
    }

    /** {@code {"policy": "first_block_cache", "parameters": {"threshold": 0.1}}}: what {@code --policy-config} reads. */
    public ObjectNode json() {
        return json(type.id(), config);
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
        StringBuilder title = new StringBuilder(label);
        config.properties()
                .forEach(property -> title.append(' ')
                        .append(property.getKey())
                        .append('=')
                        .append(
                                property.getValue().isTextual()
                                        ? property.getValue().textValue()
                                        : property.getValue().toString()));
        return title.toString();
    }

    /** Text that is JSON as JSON, other text as a string. */
    private static JsonNode plain(String text) {
        try {
            return Json.parse(text);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            return Json.object().textNode(text);
        }
    }
}
