package dev.reprise.runtime.monitor;

import dev.reprise.cache.Decision;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepListener;
import dev.reprise.runtime.api.StepTrace;
import org.jspecify.annotations.Nullable;

/**
 * Writes an event for every step to Java Flight Recorder, named {@value StepEvent#NAME}. One object for each generation:
 *
 * <pre>{@code
 * transformer.addListener(new FlightRecorderSteps());
 * }</pre>
 *
 * <p>Without a running recording it costs next to nothing. {@code jfr print --events dev.reprise.Step recording.jfr} shows them.
 */
public final class FlightRecorderSteps implements StepListener {
    private @Nullable StepEvent open;

    /** For one generation. */
    public FlightRecorderSteps() {}

    @Override
    public void before(Step step, String context) {
        open = new StepEvent();
        open.begin();
    }

    @Override
    public void after(StepTrace step) {
        StepEvent event = ended();
        if (event != null) {
            event.index = step.step();
            event.timestep = step.timestep().orElse(Double.NaN);
            event.context = step.context();
            event.computedShare = (float) step.computedShare();
            event.computed = count(step, Decision.COMPUTE);
            event.reused = count(step, Decision.REUSE);
            event.predicted = count(step, Decision.PREDICT);
            event.cacheBytes = step.cacheBytes();
            event.transferredBytes = step.transfers().bytes();
            event.commit();
        }
    }

    @Override
    public void failed(Step step, String context, RuntimeException cause) {
        StepEvent event = ended();
        if (event != null) {
            event.index = step.index();
            event.timestep = step.timestep().orElse(Double.NaN);
            event.context = context;
            event.failure = describe(cause);
            event.commit();
        }
    }

    /** The step that is open, closed; null where there is none or nobody records. */
    private @Nullable StepEvent ended() {
        StepEvent event = open;
        open = null;
        if (event == null) {
            return null;
        }
        event.end();
        return event.shouldCommit() ? event : null;
    }

    private static @Nullable String describe(RuntimeException cause) {
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    private static int count(StepTrace step, Decision decision) {
        return (int) step.decisions().stream()
                .filter(made -> made.decision() == decision)
                .count();
    }
}
