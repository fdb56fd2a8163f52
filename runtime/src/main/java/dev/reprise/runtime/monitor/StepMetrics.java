package dev.reprise.runtime.monitor;

import dev.reprise.runtime.CachedTransformer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Denoising steps in a Micrometer registry. One object for each registry and model, and a watch for each generation:
 *
 * <pre>{@code
 * StepMetrics metrics = StepMetrics.in(registry, "model", "pixart");
 * try (CachedTransformer generation = transformer.newGeneration();
 *         StepMetrics.Watch watch = metrics.watch(generation, "policy", "fbc")) {
 *     …
 * }
 * }</pre>
 *
 * <p>Every meter has the tags that are given here; all but the gauge have those of the watch, too.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><th>name<th>kind<th>further tags
 * <tr><td>{@value #STEP}<td>timer<td>{@code context}; {@code reused}, whether a policy reused or predicted anything
 * <tr><td>{@value #FAILURES}<td>counter<td>{@code context}, {@code exception}
 * <tr><td>{@value #DECISIONS}<td>counter<td>{@code decision}, {@code reason}, {@code subject}: the kind of the module
 * <tr><td>{@value #MULTIPLY_ADDS}<td>counter<td>{@code computed}, whether they ran
 * <tr><td>{@value #CACHE}<td>gauge<td>none: bytes that all watched generations keep, each as of its last step
 * </table>
 *
 * <p>Micrometer is no dependency of this module: the application has it.
 */
public final class StepMetrics {
    static final String STEP = "reprise.step";
    static final String FAILURES = "reprise.step.failures";
    static final String DECISIONS = "reprise.decisions";
    static final String MULTIPLY_ADDS = "reprise.multiply.adds";
    static final String CACHE = "reprise.cache";

    private final MeterRegistry registry;
    private final Tags tags;
    private final Map<Watch, Long> cacheBytes = new ConcurrentHashMap<>();

    private StepMetrics(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
    }

    /** Ends when it is closed; close it before the generation. */
    public interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * For one model.
     *
     * @param tags of all meters: key, value, …
     * @throws IllegalStateException when there is one with these tags already: Micrometer would leave out the second one's cache bytes
     */
    @SuppressWarnings("exports") // Who calls this has Micrometer.
    public static StepMetrics in(MeterRegistry registry, String... tags) {
        StepMetrics metrics = new StepMetrics(registry, Tags.of(tags));
        if (registry.find(CACHE).gauges().stream()
                .anyMatch(gauge -> Tags.of(gauge.getId().getTags()).equals(metrics.tags))) {
            throw new IllegalStateException("the registry must have no metrics of steps with tags "
                    + metrics.tags.stream().toList() + ", found some");
        }
        Gauge.builder(CACHE, metrics.cacheBytes, StepMetrics::sum)
                .baseUnit("bytes")
                .description("Bytes kept from step to step, of all watched generations")
                .tags(metrics.tags)
                .strongReference(true)
                .register(registry);
        return metrics;
    }

    private static double sum(Map<Watch, Long> bytes) {
        return bytes.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Every step of a generation from now on.
     *
     * @param more tags of what is counted: the policy, say. Few values each
     */
    public Watch watch(CachedTransformer generation, String... more) {
        MeteredSteps steps = new MeteredSteps(registry, tags.and(more), generation.manifest(), cacheBytes);
        generation.addListener(steps);
        return steps;
    }
}
