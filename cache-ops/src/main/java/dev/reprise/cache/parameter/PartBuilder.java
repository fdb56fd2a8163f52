package dev.reprise.cache.parameter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.graph.json.JsonFile;

/** Sets parameters of a part; those not set keep their defaults. Every value is checked when it is set. */
public final class PartBuilder<T> {
    private final PartType<T> type;
    private final ParameterValues values;

    PartBuilder(PartType<T> type) {
        this.type = type;
        values = new ParameterValues(new ParameterSet(type.id(), type.parameters()));
    }

    public <V> PartBuilder<T> set(Parameter<V> parameter, V value) {
        values.set(parameter, value);
        return this;
    }

    PartBuilder<T> copy(Parameters from) {
        values.copy(type.parameters(), from);
        return this;
    }

    /** Sets what a JSON object says, by names or aliases. */
    public PartBuilder<T> setAll(JsonNode config) {
        values.setAll(config);
        return this;
    }

    /** Sets what {@code name=value} says. */
    public PartBuilder<T> set(String assignment) {
        values.set(assignment);
        return this;
    }

    JsonNode json() {
        return JsonFile.mapper().valueToTree(values.given());
    }

    public Part<T> build() {
        return new Part<>(type, values.given(), type.factory().apply(values.parameters()));
    }
}
