package dev.reprise.cache;

/** A policy that cannot work on this model, or with these inputs. The message names the policy, what it needs and what was found. */
public final class UnsupportedPolicyException extends RuntimeException {
    public UnsupportedPolicyException(String message) {
        super(message);
    }
}
