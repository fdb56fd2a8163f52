package dev.reprise.spring.monitor;

import dev.reprise.spring.queue.GenerationOutcome;
import dev.reprise.spring.queue.GenerationQueue;
import dev.reprise.spring.queue.QueueState;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.function.ToIntFunction;

/**
 * A queue in a Micrometer registry. Steps are counted beside it by {@link dev.reprise.runtime.monitor.StepMetrics}.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><th>name<th>kind<th>tags
 * <tr><td>{@value #GENERATION}<td>timer, without waiting<td>{@code outcome}: done, failed, cancelled
 * <tr><td>{@value #WAIT}<td>timer<td>{@code outcome}, refused_… too
 * <tr><td>{@value #COMPUTED_SHARE}<td>summary of the generations that were done, 0 to 1<td>
 * <tr><td>{@value #RUNNING}<td>gauge<td>
 * <tr><td>{@value #WAITING}<td>gauge<td>
 * </table>
 */
public final class GenerationMetrics implements MeterBinder {
    static final String GENERATION = "reprise.generation";
    static final String WAIT = "reprise.generation.wait";
    static final String COMPUTED_SHARE = "reprise.generation.computed.share";
    static final String RUNNING = "reprise.generations.running";
    static final String WAITING = "reprise.generations.waiting";

    private final GenerationQueue queue;
    private final Tags tags;

    /** @param tags of all meters: key, value, … */
    public GenerationMetrics(GenerationQueue queue, String... tags) {
        this.queue = queue;
        this.tags = Tags.of(tags);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge(registry, RUNNING, "Generations that run", QueueState::running);
        gauge(registry, WAITING, "Generations that wait for their turn", QueueState::waiting);
        queue.addListener(outcome -> record(registry, outcome));
    }

    private void gauge(MeterRegistry registry, String name, String description, ToIntFunction<QueueState> value) {
        Gauge.builder(name, queue, observed -> value.applyAsInt(observed.state()))
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private void record(MeterRegistry registry, GenerationOutcome outcome) {
        Tags ended = tags.and("outcome", outcome.end().name().toLowerCase(Locale.ROOT));
        Timer.builder(WAIT)
                .description("Before a generation began or was given up")
                .tags(ended)
                .register(registry)
                .record(outcome.waited());
        switch (outcome.end()) {
            case DONE, FAILED, CANCELLED ->
                Timer.builder(GENERATION)
                        .description("Generations, without waiting")
                        .tags(ended)
                        .register(registry)
                        .record(outcome.took());
            case REFUSED_FULL, REFUSED_TIMEOUT, REFUSED_STOPPING -> {
                // Counted by the time that they waited.
            }
        }
        if (outcome.end() == GenerationOutcome.End.DONE) {
            DistributionSummary.builder(COMPUTED_SHARE)
                    .description("Share of the multiply-adds that ran")
                    .tags(tags)
                    .register(registry)
                    .record(outcome.computedShare());
        }
    }
}
