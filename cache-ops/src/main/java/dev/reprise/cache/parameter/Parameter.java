package dev.reprise.cache.parameter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.InvalidPolicyException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One parameter of a policy.
 *
 * @param name as in recordings: the reference's field name where it has one
 * @param aliases other names that are understood
 * @param type what values it takes
 * @param defaultValue value when nothing was set, null for none
 * @param optional whether it may be unset
 * @param unit what the value counts, "" for none
 * @param meaning one line for people
 * @param <T> Java type of the value
 */
public record Parameter<T>(
        String name,
        List<String> aliases,
        ParameterType<T> type,
        @Nullable T defaultValue,
        boolean optional,
        String unit,
        String meaning) {

    public Parameter {
        aliases = List.copyOf(aliases);
    }

    public static <T> Parameter<T> of(String name, ParameterType<T> type, T defaultValue, String unit, String meaning) {
        return new Parameter<>(name, List.of(), type, type.check(defaultValue), false, unit, meaning);
    }

    /** One that is unset by default. */
    public static <T> Parameter<T> optional(String name, ParameterType<T> type, String unit, String meaning) {
        return new Parameter<>(name, List.of(), type, null, true, unit, meaning);
    }

    /** The same, with names that are understood too. */
    public Parameter<T> alias(String... names) {
        return new Parameter<>(name, List.of(names), type, defaultValue, optional, unit, meaning);
    }

    /** The same with another default. */
    public Parameter<T> withDefault(T value) {
        return new Parameter<>(name, aliases, type, type.check(value), optional, unit, meaning);
    }

    /** The same, but it may be unset in spite of its default. */
    public Parameter<T> orUnset() {
        return new Parameter<>(name, aliases, type, defaultValue, true, unit, meaning);
    }

    /** The default as it would stand in JSON: a number, string, boolean, list or map; null when unset by default. */
    public @Nullable Object plainDefault() {
        return defaultValue == null ? null : type.plain(defaultValue);
    }

    boolean isCalled(String word) {
        return name.equals(word) || aliases.contains(word);
    }

    @Nullable
    T fromJson(String policy, JsonNode node) {
        return node.isNull() ? unset(policy) : checked(policy, () -> type.fromJson(node));
    }

    @Nullable
    T fromText(String policy, String text) {
        return text.strip().equals("null") ? unset(policy) : checked(policy, () -> type.fromText(text));
    }

    T check(String policy, T value) {
        return checked(policy, () -> type.check(value));
    }

    @Nullable
    T unset(String policy) {
        if (!optional) {
            throw new InvalidPolicyException(
                    name, policy + ": " + name + " must be " + type.expected() + ", was unset");
        }
        return null;
    }

    private T checked(String policy, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw new InvalidPolicyException(
                    name, policy + ": " + name + " must be " + type.expected() + ", was " + e.getMessage());
        }
    }
}
