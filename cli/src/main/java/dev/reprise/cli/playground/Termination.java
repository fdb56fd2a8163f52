package dev.reprise.cli.playground;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits for Ctrl-C or TERM; the process then ends only after this is closed, so that what is under way ends well. */
final class Termination implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::terminate, "playground-termination");
    private final Thread waiting = Thread.currentThread();

    Termination() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Returns when the process is asked to end. */
    void await() throws InterruptedException {
        asked.await();
    }

    private void terminate() {
        asked.countDown();
        try {
            if (closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                // What was opened before this closes after it; the thread itself never ends while the process does.
                waiting.join(TimeUnit.SECONDS.toMillis(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        if (asked.getCount() > 0) {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }
}
