package dev.reprise.cache;

/**
 * A policy that does not exist, or a parameter that does not exist or has a value that it cannot have. The message names the
 * policy or parameter, what was expected and what was found, and the nearest known name.
 */
public final class InvalidPolicyException extends RuntimeException {
    public InvalidPolicyException(String message) {
        super(message);
    }
}
