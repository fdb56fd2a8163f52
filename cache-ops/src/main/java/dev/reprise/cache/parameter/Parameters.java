package dev.reprise.cache.parameter;

import dev.reprise.cache.InvalidPolicyException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Values for all parameters of one policy, or of a part of one. Immutable. */
public final class Parameters {
    private final ParameterSet set;
    private final Map<String, @Nullable Object> values;

    Parameters(ParameterSet set, Map<String, @Nullable Object> values) {
        this.set = set;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** The value of a parameter that cannot be unset. */
    public <T> T get(Parameter<T> parameter) {
        return find(parameter)
                .orElseThrow(() -> new InvalidPolicyException(set.owner() + ": " + parameter.name() + " must be "
                        + parameter.type().expected() + ", was unset"));
    }

    /** The value, empty when unset. */
    @SuppressWarnings("unchecked") // values are only written under the parameter's own type
    public <T> Optional<T> find(Parameter<T> parameter) {
        return Optional.ofNullable((T) values.get(parameter.name()));
    }

    /** Names and values as they would stand in JSON, in the order of the catalogue; unset ones are null. */
    public Map<String, @Nullable Object> plain() {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        for (Parameter<?> parameter : set.parameters()) {
            plain.put(parameter.name(), plain(parameter));
        }
        return Collections.unmodifiableMap(plain);
    }

    private <T> @Nullable Object plain(Parameter<T> parameter) {
        T value = find(parameter).orElse(null);
        return value == null ? null : parameter.type().plain(value);
    }

    @Override
    public String toString() {
        return set.owner() + plain();
    }
}
