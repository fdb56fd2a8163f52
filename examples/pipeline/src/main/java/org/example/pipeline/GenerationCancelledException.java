package org.example.pipeline;

/** A generation ended because somebody asked for it. Everything that it held is released. */
public final class GenerationCancelledException extends RuntimeException {
    private static final long serialVersionUID = 1;

    GenerationCancelledException(String message) {
        super(message);
    }
}
