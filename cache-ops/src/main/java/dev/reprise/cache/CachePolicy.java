package dev.reprise.cache;

import dev.reprise.graph.bundle.Manifest;

/** A cache policy with its parameters, not yet tied to a model. Immutable; may serve many models and threads. */
public interface CachePolicy {
    /** The name of its kind, as in recordings: {@code first_block_cache}. */
    String id();

    /**
     * Ties it to a model: resolves identifiers and finds the tensors it needs.
     *
     * @throws UnsupportedPolicyException when the model lacks what it needs; the message says what and why
     */
    BoundPolicy bind(Manifest model);
}
