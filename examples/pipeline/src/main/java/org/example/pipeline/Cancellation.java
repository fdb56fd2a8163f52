package org.example.pipeline;

/** Ends a generation between two runs of a model. */
final class Cancellation {
    private Cancellation() {}

    /** The thread's mark of an interrupt stays, for those who look at it. */
    static void check(Progress progress, String when) {
        if (progress.isCancelled() || Thread.currentThread().isInterrupted()) {
            throw new GenerationCancelledException("cancelled " + when);
        }
    }
}
