package dev.reprise.optimizer.api;

/** A valid model that cannot be cut as asked. The message names what was looked for and what was found. */
public final class UnsupportedModelException extends RuntimeException {
    public UnsupportedModelException(String message) {
        super(message);
    }
}
