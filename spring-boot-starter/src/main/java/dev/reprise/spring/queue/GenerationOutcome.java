package dev.reprise.spring.queue;

import java.time.Duration;

/**
 * How a generation ended, for those who count.
 *
 * @param end how
 * @param waited before it began or was given up
 * @param took from then on; 0 where it did not begin
 * @param computedShare of the multiply-adds; 1 where there was no step
 */
public record GenerationOutcome(End end, Duration waited, Duration took, double computedShare) {

    /** How a generation ends. */
    public enum End {
        DONE,
        FAILED,
        CANCELLED,
        REFUSED_FULL,
        REFUSED_TIMEOUT,
        REFUSED_STOPPING
    }
}
