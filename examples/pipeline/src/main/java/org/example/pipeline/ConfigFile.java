package org.example.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A configuration as diffusers and transformers write it, with messages that name the file and the field. */
final class ConfigFile {
    // Python writes infinity as -Infinity, which is not JSON.
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private final String name;
    private final ObjectNode json;

    private ConfigFile(String name, ObjectNode json) {
        this.name = name;
        this.json = json;
    }

    static ConfigFile read(Path file) {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ConfigFile parse(String name, String text) {
        try {
            JsonNode json = MAPPER.readTree(text);
            if (!(json instanceof ObjectNode object)) {
                throw new UnusableExportException(name + " must be a JSON object, found " + json.getNodeType());
            }
            return new ConfigFile(name, object);
        } catch (JsonProcessingException e) {
            throw new UnusableExportException(name + " must be a JSON object: " + e.getOriginalMessage(), e);
        }
    }

    String name() {
        return name;
    }

    ObjectNode json() {
        return json;
    }

    boolean has(String field) {
        return json.hasNonNull(field);
    }

    double number(String field, double otherwise) {
        if (!has(field)) {
            return otherwise;
        }
        if (!json.get(field).isNumber()) {
            throw wrong(field, "a number");
        }
        return json.get(field).doubleValue();
    }

    double number(String field) {
        if (!has(field)) {
            throw new UnusableExportException(name + " must have " + field + ", it has " + names());
        }
        return number(field, 0);
    }

    int count(String field, int otherwise) {
        double value = number(field, otherwise);
        if (value != Math.rint(value) || value < 0 || value > Integer.MAX_VALUE) {
            throw wrong(field, "a count");
        }
        return (int) value;
    }

    boolean flag(String field, boolean otherwise) {
        if (!has(field)) {
            return otherwise;
        }
        if (!json.get(field).isBoolean()) {
            throw wrong(field, "true or false");
        }
        return json.get(field).booleanValue();
    }

    String word(String field, String otherwise) {
        return has(field) ? json.get(field).asText() : otherwise;
    }

    /** One of the words that are supported. */
    String word(String field, List<String> supported) {
        String word = word(field, supported.get(0));
        if (!supported.contains(word)) {
            throw wrong(field, "one of " + String.join(", ", supported));
        }
        return word;
    }

    float[] numbers(String field) {
        JsonNode array = json.get(field);
        if (!array.isArray()) {
            throw wrong(field, "an array of numbers");
        }
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            if (!array.get(i).isNumber()) {
                throw wrong(field, "an array of numbers");
            }
            values[i] = array.get(i).floatValue();
        }
        return values;
    }

    /** Nothing is ignored: a field that no one reads would silently give another picture. */
    void requireOnly(Set<String> known) {
        for (String field : names()) {
            if (!field.startsWith("_") && !known.contains(field)) {
                throw new UnusableExportException(
                        name + " has a field '" + field + "' that " + word("_class_name", "this configuration")
                                + " does not have; take it out if it should have no effect");
            }
        }
    }

    /** Refuses a field that has an effect, unless its value means none. */
    void requireOff(String field, String why) {
        JsonNode value = json.get(field);
        if (has(field) && !(value.isBoolean() && !value.booleanValue())) {
            throw new UnusableExportException(name + ": " + field + " " + value + " is not supported: " + why);
        }
    }

    UnusableExportException wrong(String field, String expected) {
        return new UnusableExportException(name + ": " + field + " must be " + expected + ", was " + json.get(field));
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        json.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
