package dev.reprise.cache.math;

import dev.reprise.graph.ElementType;

/**
 * A tensor that lives where the model runs. Whoever makes one during a step owns it until the step ends; to keep it longer, put
 * it in the cache of its context. A policy never closes a tensor.
 */
public interface Tensor {
    ElementType elementType();

    long[] shape();

    /** Bytes of its elements. */
    long bytes();
}
