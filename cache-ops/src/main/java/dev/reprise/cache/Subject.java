package dev.reprise.cache;

/** Names of what is decided about when it is not one located module. */
public final class Subject {
    /** All transformer blocks, or those that the policy may skip. */
    public static final String BLOCKS = "blocks";
    /** The whole model. */
    public static final String MODEL = "model";
    /** The unconditional half of a batch of [unconditional; conditional]. */
    public static final String UNCONDITIONAL_BRANCH = "unconditional_branch";

    private Subject() {}
}
