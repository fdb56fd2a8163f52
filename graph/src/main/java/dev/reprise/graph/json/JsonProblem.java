package dev.reprise.graph.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import dev.reprise.graph.InvalidModelException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says in one line and in our words what Jackson found wrong: which field, what was expected and what was found. */
final class JsonProblem {
    private static final int LONGEST = 80;

    private JsonProblem() {}

    static String describe(JsonProcessingException problem) {
        if (problem.getCause() instanceof IllegalArgumentException
                || problem.getCause() instanceof InvalidModelException) {
            // What the record itself objects to.
            return String.valueOf(problem.getCause().getMessage());
        }
        if (!(problem instanceof JsonMappingException mapping)) {
            return oneLine(problem.getOriginalMessage());
        }
        String place = place(mapping);
        if (problem instanceof UnrecognizedPropertyException unknown) {
            return "unknown field '" + place + "'; known here are "
                    + unknown.getKnownPropertyIds().stream()
                            .map(String::valueOf)
                            .sorted()
                            .toList();
        }
        if (problem instanceof InvalidNullException) {
            return subject(place) + " must not be null";
        }
        if (problem instanceof MismatchedInputException mismatch) {
            return problem.getOriginalMessage().startsWith("Missing required creator property")
                    ? subject(place) + " is missing"
                    : subject(place) + " must be " + expected(mismatch.getTargetType()) + found(mismatch);
        }
        return subject(place) + ": " + oneLine(problem.getOriginalMessage());
    }

    /** {@code segments[1].file}. */
    private static String place(JsonMappingException problem) {
        StringBuilder place = new StringBuilder();
        for (JsonMappingException.Reference reference : problem.getPath()) {
            if (reference.getFieldName() == null) {
                place.append('[').append(reference.getIndex()).append(']');
            } else {
                place.append(place.isEmpty() ? "" : ".").append(reference.getFieldName());
            }
        }
        return place.toString();
    }

    private static String subject(String place) {
        return place.isEmpty() ? "the document" : "field '" + place + "'";
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null) {
            return "something else";
        }
        if (type.isEnum()) {
            List<String> names = Arrays.stream(type.getEnumConstants())
                    .map(constant -> ((Enum<?>) constant).name())
                    .toList();
            return "one of " + names;
        }
        if (type == int.class || type == Integer.class) {
            return "a whole number of 32 bits";
        }
        if (type == long.class || type == Long.class) {
            return "a whole number of 64 bits";
        }
        if (type == double.class || type == Double.class) {
            return "a number";
        }
        if (type == boolean.class) {
            return "true or false";
        }
        if (type == String.class) {
            return "a string";
        }
        return Collection.class.isAssignableFrom(type)
                ? "an array"
                : Map.class.isAssignableFrom(type) || type.isRecord() ? "an object" : type.getSimpleName();
    }

    private static String found(MismatchedInputException problem) {
        if (!(problem instanceof InvalidFormatException invalid)) {
            return "";
        }
        String text = String.valueOf(invalid.getValue());
        String shown = text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
        return ", was " + (invalid.getValue() instanceof String ? "\"" + shown + "\"" : shown);
    }

    /** Without what Jackson says about its own classes. */
    static String oneLine(String message) {
        return message.replaceAll("\\s+", " ").replaceAll(", from `[^`]*`| \\(bound as .*", "");
    }
}
