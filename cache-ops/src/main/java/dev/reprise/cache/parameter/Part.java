package dev.reprise.cache.parameter;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of a policy with its parameters.
 *
 * @param type its kind
 * @param given what was set, by the parameters' names, as it would stand in JSON
 * @param value the part
 * @param <T> an indicator, a forecast or a span
 */
public record Part<T>(PartType<T> type, Map<String, @Nullable Object> given, T value) {

    public Part {
        given = new LinkedHashMap<>(given);
    }

    @Override
    public Map<String, @Nullable Object> given() {
        return new LinkedHashMap<>(given);
    }

    @Override
    public String toString() {
        return given.isEmpty() ? type.id() : type.id() + given;
    }
}
