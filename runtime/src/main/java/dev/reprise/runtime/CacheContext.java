package dev.reprise.runtime;

/**
 * The span in which runs belong to one cache context, that is one guidance branch. Closing it returns to the context before. Scopes
 * nest.
 */
public final class CacheContext implements AutoCloseable {
    private final CachedTransformer transformer;
    private final String name;
    private final String before;
    private boolean closed;

    CacheContext(CachedTransformer transformer, String name, String before) {
        this.transformer = transformer;
        this.name = name;
        this.before = before;
    }

    public String name() {
        return name;
    }

    @Override
    public void close() {
        if (!closed) {
            transformer.leave(name, before);
            // Only now: one that could not be closed yet can be closed later.
            closed = true;
        }
    }
}
