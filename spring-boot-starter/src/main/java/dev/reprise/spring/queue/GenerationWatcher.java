package dev.reprise.spring.queue;

import dev.reprise.runtime.CachedTransformer;

/** Adds listeners to every generation that is opened: metrics, Java Flight Recorder. A bean of this type is found by itself. */
@FunctionalInterface
public interface GenerationWatcher {
    /**
     * Begins to watch.
     *
     * @return closed before the generation is
     */
    AutoCloseable watch(CachedTransformer generation);
}
