package dev.reprise.cache.part;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;

/** A part of the model that runs at some steps and is stood in for at others. State of one context; tensors are in the cache. */
public interface Skippable {
    /** At the start of every step, before anything is pulled: keeps what enters it until the step ends. */
    default void prepare(DenoisingStep step) {}

    /** Whether everything that a skipped step needs is in the cache. */
    boolean ready(Cache cache);

    /** Why nothing can be reused. Only when not {@link #ready}. */
    Reason missing(Cache cache);

    /** Before a step that runs it. */
    void observe(DenoisingStep step);

    /**
     * After a step that ran it.
     *
     * @return whether the next step could skip it
     */
    boolean keep(DenoisingStep step);

    /** Stands in for it, before the outputs of a step are pulled. Only when {@link #ready}. */
    void skip(DenoisingStep step);
}
