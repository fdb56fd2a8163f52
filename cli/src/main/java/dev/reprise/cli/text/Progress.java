package dev.reprise.cli.text;

import dev.reprise.verify.api.ProgressListener;
import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One line on standard error that says what is being done, rewritten in place and wiped at the end. */
public final class Progress implements ProgressListener, AutoCloseable {
    private static final long REFRESH_NANOS = 100_000_000;
    private static final int WIDTH = 100;

    private final @Nullable PrintWriter err;
    private long last;
    private boolean shown;

    /** With no writer nothing is shown. */
    public Progress(@Nullable PrintWriter err) {
        this.err = err;
    }

    /** A new phase: shown at once. */
    @Override
    public void phase(String what) {
        last = 0;
        show(what);
    }

    /** One of many small steps: shown at most ten times a second. */
    @Override
    public void step(String what, int done, int total) {
        if (err == null || System.nanoTime() - last < REFRESH_NANOS) {
            return;
        }
        last = System.nanoTime();
        show(String.format(Locale.ROOT, "%s %d/%d", what, done, total));
    }

    private void show(String line) {
        if (err == null) {
            return;
        }
        String cut = line.length() > WIDTH ? line.substring(0, WIDTH - 1) + "…" : line;
        err.print("\r\u001b[K" + cut);
        err.flush();
        shown = true;
    }

    /** Wipes the line. */
    @Override
    public void close() {
        if (err != null && shown) {
            err.print("\r\u001b[K");
            err.flush();
            shown = false;
        }
    }
}
