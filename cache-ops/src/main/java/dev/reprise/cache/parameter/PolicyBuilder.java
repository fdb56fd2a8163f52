package dev.reprise.cache.parameter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sets parameters of a policy; those not set keep their defaults. Every value is checked when it is set. */
public final class PolicyBuilder {
    private final PolicyType type;
    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();

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
        values.put(parameter.name(), parameter.check(type.id(), value));
        return this;
    }

    /** Unsets a parameter that may be unset. */
    public PolicyBuilder unset(Parameter<?> parameter) {
        values.put(type.parameter(parameter.name()).name(), parameter.unset(type.id()));
        return this;
    }

    /** Sets a parameter by its name or alias. */
    public PolicyBuilder set(String name, JsonNode value) {
        Parameter<?> parameter = type.parameter(name);
        values.put(parameter.name(), parameter.fromJson(type.id(), value));
        return this;
    }

    /** Sets what {@code name=value} says. Lists as {@code 1,2,3} or JSON, {@code null} to unset. */
    public PolicyBuilder set(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            throw new InvalidPolicyException(type.id() + ": expected name=value, was '" + assignment + "'");
        }
        Parameter<?> parameter = type.parameter(assignment.substring(0, equals).strip());
        values.put(parameter.name(), parameter.fromText(type.id(), assignment.substring(equals + 1)));
        return this;
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
