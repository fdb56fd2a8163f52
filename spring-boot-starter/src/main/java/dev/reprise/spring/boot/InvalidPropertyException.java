package dev.reprise.spring.boot;

import org.jspecify.annotations.Nullable;

/** A property that the application cannot start with. The message names it, what was expected and what was found. */
public final class InvalidPropertyException extends RuntimeException {
    private final String property;

    InvalidPropertyException(String property, String problem) {
        this(property, problem, null);
    }

    InvalidPropertyException(String property, String problem, @Nullable Throwable cause) {
        super(property + " " + problem, cause);
        this.property = property;
    }

    /** Its name: {@code reprise.threads}. */
    public String property() {
        return property;
    }
}
