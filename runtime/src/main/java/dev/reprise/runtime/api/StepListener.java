package dev.reprise.runtime.api;

/**
 * Is told about every step of a generation, on the thread that runs it. What {@link #before} or {@link #after} throws fails the step.
 */
public interface StepListener {
    /**
     * A step begins.
     *
     * @param context guidance branch
     */
    default void before(Step step, String context) {}

    /** A step was computed: its decisions, time, transfers. */
    default void after(StepTrace step) {}

    /** A step failed with an exception, which goes on to the caller. */
    default void failed(Step step, String context, RuntimeException cause) {}
}
