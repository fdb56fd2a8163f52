package dev.reprise.ort;

import org.jspecify.annotations.Nullable;

/** Closes several things; one that fails keeps none of the others from being closed. */
public final class Closing {
    private @Nullable RuntimeException failure;

    /** Closes one more thing now. */
    public Closing add(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            RuntimeException unchecked =
                    e instanceof RuntimeException known ? known : new IllegalStateException("closing failed: " + e, e);
            if (failure == null) {
                failure = unchecked;
            } else {
                failure.addSuppressed(unchecked);
            }
        }
        return this;
    }

    /** Throws what the first one threw, the others' failures suppressed in it. */
    public void finish() {
        if (failure != null) {
            throw failure;
        }
    }
}
