package dev.reprise.spring.queue;

import java.time.Duration;

/** A generation that was not begun, because there is too much to do or the application stops. To be asked for again later, or elsewhere. */
public final class GenerationRefusedException extends RuntimeException {
    private final Reason reason;
    private final Duration retryAfter;

    GenerationRefusedException(Reason reason, Duration retryAfter, String message) {
        super(message);
        this.reason = reason;
        this.retryAfter = retryAfter;
    }

    /** Why. */
    public enum Reason {
        /** As many wait as may. */
        FULL,
        /** It waited as long as it may. */
        TIMEOUT,
        /** The application stops. */
        STOPPING
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    /** When it makes sense to ask again, in whole seconds: as long as those before it take, going by the generations so far. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
