package dev.reprise.runtime.api;

/** Inputs that the model cannot take: missing, unknown, closed, of another element type or shape. The message names the input, what was expected and what was found. */
public final class InvalidInputException extends RuntimeException {
    public InvalidInputException(String message) {
        super(message);
    }
}
