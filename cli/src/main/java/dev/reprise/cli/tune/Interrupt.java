package dev.reprise.cli.tune;

/** Ctrl-C while it is open: the process waits for the work to end well. */
final class Interrupt implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 60_000;

    private final Thread worker = Thread.currentThread();
    private final Thread hook = new Thread(this::interrupted, "tune-interrupt");
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
            worker.join(PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending: the hook is running and waits for this thread.
            wanted = true;
        }
    }
}
