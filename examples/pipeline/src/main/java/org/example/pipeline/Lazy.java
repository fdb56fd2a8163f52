package org.example.pipeline;

import java.util.function.Supplier;

/** Something that is opened when it is asked for first. */
final class Lazy<T extends AutoCloseable> implements AutoCloseable {
    private final Supplier<T> opener;
    private T opened;

    Lazy(Supplier<T> opener) {
        this.opener = opener;
    }

    synchronized T get() {
        if (opened == null) {
            opened = opener.get();
        }
        return opened;
    }

    /** The next {@link #get} opens it again. */
    @Override
    public synchronized void close() {
        T last = opened;
        opened = null;
        if (last != null) {
            try {
                last.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
