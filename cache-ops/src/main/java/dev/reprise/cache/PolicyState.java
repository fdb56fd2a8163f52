package dev.reprise.cache;

/** What a policy remembers of one context of one generation. A reset drops it and makes a new one. */
public interface PolicyState {
    /** Before the outputs are computed: probe, decide, provide. */
    void before(DenoisingStep step);

    /** After the outputs were computed: keep what later steps need. */
    void after(DenoisingStep step);
}
