package org.example.pipeline;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** Progress on one line of standard error, where somebody watches it. Warnings come in any case. */
final class ProgressLine implements Progress {
    private final PrintWriter err;
    private final boolean watched;
    private final BooleanSupplier cancelled;
    private final long start = System.nanoTime();
    private boolean open;

    ProgressLine(PrintWriter err, boolean watched, BooleanSupplier cancelled) {
        this.err = err;
        this.watched = watched;
        this.cancelled = cancelled;
    }

    /** What goes on before the first step. */
    void say(String what) {
        if (watched) {
            write(what);
        }
    }

    @Override
    public void step(StepDone done) {
        if (watched) {
            write(String.format(
                    Locale.ROOT,
                    "step %d of %d, %3.0f %% computed, %.1f s",
                    done.step(),
                    done.steps(),
                    100 * done.computedShare(),
                    (System.nanoTime() - start) / 1e9));
        }
    }

    private void write(String text) {
        err.print("\r\u001b[K" + text);
        err.flush();
        open = true;
    }

    @Override
    public void warn(String warning) {
        end();
        err.println("warning: " + warning);
    }

    @Override
    public boolean isCancelled() {
        return cancelled.getAsBoolean();
    }

    /** The line gives way to what is printed next. */
    void end() {
        if (open) {
            err.print("\r\u001b[K");
            err.flush();
            open = false;
        }
    }
}
