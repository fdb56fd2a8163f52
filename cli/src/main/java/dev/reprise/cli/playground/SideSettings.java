package dev.reprise.cli.playground;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A policy as it stands in a form: every value is text, as after {@code --set}.
 *
 * @param parameters those that were filled in
 * @param choice the policy that they are
 */
record SideSettings(Map<String, String> parameters, PolicyChoice choice) {
    SideSettings {
        parameters = Map.copyOf(parameters);
    }

    /**
     * Reads {@code {"policy": "first_block_cache", "parameters": {"threshold": "0.1"}}}.
     *
     * @param side for messages
     * @throws RequestException when a value does not fit; it names the parameter where it is one
     */
    static SideSettings of(int side, JsonNode json) {
        if (!json.path("policy").isTextual()) {
            throw RequestException.badField(side, "policy", "policy must be a name, was " + json.path("policy"));
        }
        String policy = json.path("policy").textValue();
        Map<String, String> parameters = new LinkedHashMap<>();
        json.path("parameters").properties().forEach(parameter -> {
            if (!parameter.getValue().isTextual()) {
                throw RequestException.badField(
                        side, parameter.getKey(), parameter.getKey() + " must be text, was " + parameter.getValue());
            }
            String text = parameter.getValue().textValue().strip();
            if (!text.isEmpty()) {
                parameters.put(parameter.getKey(), text);
            }
        });
        try {
            PolicyChoice choice = PolicyChoice.of(
                    policy,
                    policy,
                    Json.object(),
                    parameters.entrySet().stream()
                            .map(parameter -> parameter.getKey() + "=" + parameter.getValue())
                            .toList());
            return new SideSettings(parameters, choice);
        } catch (InvalidPolicyException e) {
            throw RequestException.badField(side, e.parameter().orElse(""), String.valueOf(e.getMessage()));
        }
    }

    ObjectNode json() {
        ObjectNode json = Json.object();
        json.put("policy", choice.type().id());
        json.set("parameters", Json.of(parameters));
        return json;
    }
}
