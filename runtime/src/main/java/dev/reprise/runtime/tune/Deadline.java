package dev.reprise.runtime.tune;

import java.util.function.BooleanSupplier;

/**
 * When a search has to end.
 *
 * @param start of the search, as {@link System#nanoTime} tells it
 * @param end of the search
 * @param stop whether somebody wants it to end now
 */
record Deadline(long start, long end, BooleanSupplier stop) {
    boolean past() {
        return past(1);
    }

    /** Whether this share of the time is over. */
    boolean past(double share) {
        return stop.getAsBoolean() || progress() >= share;
    }

    /** Share of the time that is over. */
    double progress() {
        return end <= start ? 1 : (double) (System.nanoTime() - start) / (end - start);
    }
}
