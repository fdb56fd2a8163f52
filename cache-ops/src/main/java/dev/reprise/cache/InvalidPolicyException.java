package dev.reprise.cache;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A policy that does not exist, or a parameter that does not exist or has a value that it cannot have. The message names the
 * policy or parameter, what was expected and what was found, and the nearest known name.
 */
public final class InvalidPolicyException extends RuntimeException {
    private final @Nullable String parameter;

    public InvalidPolicyException(String message) {
        this(null, message);
    }

    /** @param parameter the one whose value is refused, null where it is not one alone */
    public InvalidPolicyException(@Nullable String parameter, String message) {
        super(message);
        this.parameter = parameter;
    }

    /** Name of the parameter whose value is refused; empty where it is not one alone. */
    public Optional<String> parameter() {
        return Optional.ofNullable(parameter);
    }
}
