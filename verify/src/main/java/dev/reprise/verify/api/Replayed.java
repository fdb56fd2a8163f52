package dev.reprise.verify.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What is replayed.
 *
 * @param name its name in the recording
 * @param configuration its policy and parameters, {@code {"policy": …, "parameters": {…}}}
 */
public record Replayed(String name, ObjectNode configuration) {
    public String policy() {
        return configuration.path("policy").textValue();
    }
}
