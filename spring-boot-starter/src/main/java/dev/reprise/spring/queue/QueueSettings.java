package dev.reprise.spring.queue;

import java.time.Duration;

/**
 * How much a queue takes on.
 *
 * @param maxConcurrent generations that run at once, 1 or more
 * @param capacity generations that wait besides, 0 or more
 * @param timeout how long one waits at most, above 0
 * @param shutdownTimeout how long running generations may go on when the application stops, 0 or more; then they are cancelled
 */
public record QueueSettings(int maxConcurrent, int capacity, Duration timeout, Duration shutdownTimeout) {

    public QueueSettings {
        if (maxConcurrent < 1) {
            throw new IllegalArgumentException("max concurrent must be 1 or more, was " + maxConcurrent);
        }
        if (capacity < 0) {
            throw new IllegalArgumentException("capacity must be 0 or more, was " + capacity);
        }
        if (timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("timeout must be above 0, was " + timeout);
        }
        if (shutdownTimeout.isNegative()) {
            throw new IllegalArgumentException("shutdown timeout must be 0 or more, was " + shutdownTimeout);
        }
    }
}
