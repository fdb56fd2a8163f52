package dev.reprise.cache.parameter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.InvalidPolicyException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Values being set, each checked when it is set; those not set keep their defaults. */
final class ParameterValues {
    private final ParameterSet set;
    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();
    private final Set<String> given = new LinkedHashSet<>();

    ParameterValues(ParameterSet set) {
        this.set = set;
        for (Parameter<?> parameter : set.parameters()) {
            values.put(parameter.name(), parameter.defaultValue());
        }
    }

    <T> void set(Parameter<T> parameter, T value) {
        if (!set.parameter(parameter.name()).equals(parameter)) {
            throw new InvalidPolicyException(
                    set.owner() + ": this " + parameter.name() + " is a parameter of another policy");
        }
        put(parameter, parameter.check(set.owner(), value));
    }

    /** Sets parameters to the values that another owner has by the same names, where it has one. */
    void copy(Collection<Parameter<?>> parameters, Parameters from) {
        parameters.forEach(parameter -> copy(parameter, from));
    }

    private <T> void copy(Parameter<T> parameter, Parameters from) {
        from.find(parameter).ifPresent(value -> set(parameter, value));
    }

    void unset(Parameter<?> parameter) {
        put(set.parameter(parameter.name()), parameter.unset(set.owner()));
    }

    void set(String name, JsonNode value) {
        Parameter<?> parameter = set.parameter(name);
        put(parameter, parameter.fromJson(set.owner(), value));
    }

    void setAll(JsonNode config) {
        if (!config.isObject()) {
            throw new InvalidPolicyException(
                    set.owner() + ": parameters must be a JSON object, was " + JsonValues.shown(config.toString()));
        }
        Map<String, String> words = new HashMap<>();
        config.properties().forEach(property -> {
            String name = set.parameter(property.getKey()).name();
            String other = words.put(name, property.getKey());
            if (other != null) {
                throw new InvalidPolicyException(set.owner() + ": " + name + " must be set once, was set as " + other
                        + " and as " + property.getKey());
            }
            set(property.getKey(), property.getValue());
        });
    }

    void set(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            throw new InvalidPolicyException(set.owner() + ": expected name=value, was '" + assignment + "'");
        }
        Parameter<?> parameter = set.parameter(assignment.substring(0, equals).strip());
        put(parameter, parameter.fromText(set.owner(), assignment.substring(equals + 1)));
    }

    private void put(Parameter<?> parameter, @Nullable Object value) {
        values.put(parameter.name(), value);
        given.add(parameter.name());
    }

    /** What was set, by the parameters' names, as it would stand in JSON; null for what was unset. */
    Map<String, @Nullable Object> given() {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>(parameters().plain());
        plain.keySet().retainAll(given);
        return plain;
    }

    Parameters parameters() {
        return new Parameters(set, values);
    }
}
