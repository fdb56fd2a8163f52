package dev.reprise.spring.queue;

import dev.reprise.ort.Closing;
import dev.reprise.runtime.CachedTransformer;
import java.util.List;

/** A generation of the loaded model with its policy and those who watch it. One thread's at a time. */
public final class WatchedGeneration implements AutoCloseable {
    private final CachedTransformer model;
    private final List<AutoCloseable> watches;

    WatchedGeneration(CachedTransformer model, List<AutoCloseable> watches) {
        this.model = model;
        this.watches = List.copyOf(watches);
    }

    /** Its sessions are open. */
    public CachedTransformer model() {
        return model;
    }

    @Override
    public void close() {
        Closing closing = new Closing();
        watches.forEach(closing::add);
        closing.add(model).finish();
    }
}
