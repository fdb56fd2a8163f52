package dev.reprise.cache.parameter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sets parameters of a policy; those not set keep their defaults. Every value is checked when it is set. */
public final class PolicyBuilder {
    private final PolicyType type;
    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();
    private final Set<String> given = new LinkedHashSet<>();

    PolicyBuilder(PolicyType type) {
        this.type = type;
        for (Parameter<?> parameter : type.parameters()) {
            values.put(parameter.name(), parameter.defaultValue());
        }
    }

    public <T> PolicyBuilder set(Parameter<T> parameter, T value) {
        if (!type.parameter(parameter.name()).equals(parameter)) {
            throw new InvalidPolicyException(
                    type.id() + ": this " + parameter.name() + " is a parameter of another policy");
        }
        return put(parameter, parameter.check(type.id(), value));
    }

    /** Unsets a parameter that may be unset. */
    public PolicyBuilder unset(Parameter<?> parameter) {
        return put(type.parameter(parameter.name()), parameter.unset(type.id()));
    }

    /** Sets a parameter by its name or alias. */
    public PolicyBuilder set(String name, JsonNode value) {
        Parameter<?> parameter = type.parameter(name);
        return put(parameter, parameter.fromJson(type.id(), value));
    }

    /**
     * Sets what a JSON object says, by names or aliases.
     *
     * @throws InvalidPolicyException when it is no object, or sets one parameter by two of its names
     */
    public PolicyBuilder setAll(JsonNode config) {
        if (!config.isObject()) {
            throw new InvalidPolicyException(
                    type.id() + ": parameters must be a JSON object, was " + JsonValues.shown(config.toString()));
        }
        Map<String, String> words = new HashMap<>();
        config.properties().forEach(property -> {
            String name = type.parameter(property.getKey()).name();
            String other = words.put(name, property.getKey());
            if (other != null) {
                throw new InvalidPolicyException(type.id() + ": " + name + " must be set once, was set as " + other
                        + " and as " + property.getKey());
            }
            set(property.getKey(), property.getValue());
        });
        return this;
    }

    /** Sets what {@code name=value} says. Lists as {@code 1,2,3} or JSON, {@code null} to unset. */
    public PolicyBuilder set(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            throw new InvalidPolicyException(type.id() + ": expected name=value, was '" + assignment + "'");
        }
        Parameter<?> parameter = type.parameter(assignment.substring(0, equals).strip());
        return put(parameter, parameter.fromText(type.id(), assignment.substring(equals + 1)));
    }

    private PolicyBuilder put(Parameter<?> parameter, @Nullable Object value) {
        values.put(parameter.name(), value);
        given.add(parameter.name());
        return this;
    }

    /** What was set, by the parameters' names, as it would stand in JSON; null for what was unset. */
    public Map<String, @Nullable Object> given() {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>(parameters().plain());
        plain.keySet().retainAll(given);
        return plain;
    }

    /** The values set so far, with the defaults of the others. */
    public Parameters parameters() {
        return new Parameters(type, values);
    }

    /** @throws InvalidPolicyException when values do not fit together */
    public CachePolicy build() {
        return type.factory().apply(parameters());
    }
}
