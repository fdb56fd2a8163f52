package dev.reprise.cli.verify;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What is replayed.
 *
 * @param name its name in the recording
 * @param configuration its policy and parameters, {@code {"policy": …, "parameters": {…}}}
 */
record Replayed(String name, ObjectNode configuration) {
    String policy() {
        return configuration.path("policy").textValue();
    }
}
