package dev.reprise.spring.queue;

import java.time.Duration;

/** How long generations take: a mean in which the last ones count most. */
final class MeanTime {
    private static final double WEIGHT_OF_LAST = 0.2;
    private double seconds;

    void add(Duration took) {
        double last = took.toNanos() / 1e9;
        seconds = seconds == 0 ? last : seconds + WEIGHT_OF_LAST * (last - seconds);
    }

    /** Until so many generations have been drawn, so many at once: whole seconds, at least one. */
    Duration of(int generations, int atOnce) {
        return Duration.ofSeconds(Math.max(1, (long) Math.ceil(seconds * generations / atOnce)));
    }
}
