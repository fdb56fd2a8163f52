package dev.reprise.spring.queue;

/** A generator threw a checked exception, which is the cause. */
public final class GenerationFailedException extends RuntimeException {
    GenerationFailedException(Exception cause) {
        super("the generator failed: " + cause, cause);
    }
}
