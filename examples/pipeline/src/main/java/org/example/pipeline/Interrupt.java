package org.example.pipeline;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C while it is open: the process waits for the running step, so that native memory is released and a last line is printed. */
final class Interrupt implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;
    /** For what is still to be printed: the worker cannot leave the process while it is ending. */
    private static final long LAST_WORDS_MILLIS = 1000;

    private final Thread worker = Thread.currentThread();
    private final Thread hook = new Thread(this::interrupted, "draw-interrupt");
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean wanted;

    Interrupt() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    boolean isWanted() {
        return wanted;
    }

    private void interrupted() {
        wanted = true;
        try {
            if (done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                worker.join(LAST_WORDS_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending: the hook is running and waits for this thread.
            wanted = true;
        }
    }
}
