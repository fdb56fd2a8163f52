package dev.reprise.optimizer.measure;

/** How long a run takes. */
@FunctionalInterface
public interface RunTimer {
    /** What runs without any rewrite. */
    String PLAIN = "";

    /** The machine's clock. */
    RunTimer CLOCK = (rewrite, run) -> {
        long start = System.nanoTime();
        run.run();
        return System.nanoTime() - start;
    };

    /**
     * Runs it once.
     *
     * @param rewrite the one that is measured, {@link #PLAIN} for the segment without it
     */
    long nanos(String rewrite, Runnable run);
}
