package dev.reprise.cli.policies;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.FileOrJson;
import dev.reprise.verify.text.Json;

/** Reads a policy's parameters: an object of them, or {@code {"policy": …, "parameters": {…}}} as commands write it. */
final class PolicyConfiguration {
    private static final String OPTION = "--policy-config";

    private PolicyConfiguration() {}

    /**
     * The parameters in a file or text.
     *
     * @param policy the policy that they must be for
     */
    static JsonNode read(String fileOrJson, String policy) {
        return of(FileOrJson.read(fileOrJson, OPTION), policy, OPTION);
    }

    /**
     * The parameters in a text.
     *
     * @param where the option, for messages
     */
    static JsonNode of(String json, String policy, String where) {
        JsonNode node;
        try {
            node = Json.parse(json);
        } catch (JsonProcessingException e) {
            throw CommandException.usage(where + " must be a JSON object, found " + e.getOriginalMessage());
        }
        if (!node.isObject()) {
            throw CommandException.usage(where + " must be a JSON object, was " + node);
        }
        if (!node.path("policy").isTextual() || !node.path("parameters").isObject()) {
            return node;
        }
        String named = node.path("policy").textValue();
        if (!PolicyCatalogue.type(named).equals(PolicyCatalogue.type(policy))) {
            throw CommandException.usage(where + " must be for policy " + policy + ", was for " + named);
        }
        return node.path("parameters");
    }
}
