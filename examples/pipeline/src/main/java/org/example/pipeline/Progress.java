package org.example.pipeline;

/** Follows a generation, on the thread that runs it. */
public interface Progress {
    /** Follows nothing and never ends a generation. */
    Progress NONE = step -> {};

    /**
     * A denoising step is done.
     *
     * @param done what is behind and what is ahead
     */
    void step(StepDone done);

    /** What the user should know: a prompt that was cut off. */
    default void warn(String warning) {}

    /** Asked before each model runs; true ends the generation with a {@link GenerationCancelledException}. Interrupting the thread does so too. */
    default boolean isCancelled() {
        return false;
    }

    /**
     * One step of a generation.
     *
     * @param step from 1
     * @param steps of the whole generation
     * @param computedShare share of the transformer's multiply-adds that this step ran, from 0 to 1
     */
    record StepDone(int step, int steps, double computedShare) {}
}
