package dev.reprise.cache.parameter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sets parameters of a policy; those not set keep their defaults. Every value is checked when it is set. */
public final class PolicyBuilder {
    private final PolicyType type;
    private final ParameterValues values;

    PolicyBuilder(PolicyType type) {
        this.type = type;
        values = new ParameterValues(new ParameterSet(type.id(), type.parameters()));
    }

    public <T> PolicyBuilder set(Parameter<T> parameter, T value) {
        values.set(parameter, value);
        return this;
    }

    /** Sets these parameters to the values that another policy has by the same names, where it has one. */
    public PolicyBuilder copy(Collection<Parameter<?>> parameters, Parameters from) {
        values.copy(parameters, from);
        return this;
    }

    /** Unsets a parameter that may be unset. */
    public PolicyBuilder unset(Parameter<?> parameter) {
        values.unset(parameter);
        return this;
    }

    /** Sets a parameter by its name or alias. */
    public PolicyBuilder set(String name, JsonNode value) {
        values.set(name, value);
        return this;
    }

    /**
     * Sets what a JSON object says, by names or aliases.
     *
     * @throws InvalidPolicyException when it is no object, or sets one parameter by two of its names
     */
    public PolicyBuilder setAll(JsonNode config) {
        values.setAll(config);
        return this;
    }

    /** Sets what {@code name=value} says. Lists as {@code 1,2,3} or JSON, {@code null} to unset. */
    public PolicyBuilder set(String assignment) {
        values.set(assignment);
        return this;
    }

    /** What was set, by the parameters' names, as it would stand in JSON; null for what was unset. */
    public Map<String, @Nullable Object> given() {
        return values.given();
    }

    /** The values set so far, with the defaults of the others. */
    public Parameters parameters() {
        return values.parameters();
    }

    /** @throws InvalidPolicyException when values do not fit together, or the policy has another id than its type */
    public CachePolicy build() {
        CachePolicy policy = type.factory().apply(parameters());
        if (!policy.id().equals(type.id())) {
            // A recording would name a policy that nobody finds.
            throw new InvalidPolicyException(
                    "a policy must have the id of its type, " + type.id() + ", was " + policy.id());
        }
        return policy;
    }
}
