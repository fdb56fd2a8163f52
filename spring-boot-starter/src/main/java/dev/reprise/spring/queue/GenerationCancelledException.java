package dev.reprise.spring.queue;

/** A generation that nobody wants any more. {@code model.run} throws it in the generator's loop before the next step. */
public final class GenerationCancelledException extends RuntimeException {
    GenerationCancelledException(String message) {
        super(message);
    }
}
