package dev.reprise.cache;

import java.util.Locale;

/** What is decided about when it is not one located module. */
public enum Subject {
    /** All transformer blocks, or those that the policy may skip. */
    BLOCKS,
    /** The whole model. */
    MODEL,
    /** The unconditional half of a batch of [unconditional; conditional]. */
    UNCONDITIONAL_BRANCH;

    /** As the trace writes it: {@code unconditional_branch}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the trace means this by its word. */
    public boolean is(String traced) {
        return id().equals(traced);
    }
}
