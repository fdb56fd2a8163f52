package dev.reprise.runtime.monitor;

import dev.reprise.cache.Subject;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepListener;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.TracedDecision;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The steps of one generation, as meters. */
final class MeteredSteps implements StepListener, StepMetrics.Watch {
    private final MeterRegistry registry;
    private final Tags tags;
    private final Map<StepMetrics.Watch, Long> cacheBytes;

    /** What a trace decides about → its kind: paths are too many for a tag. */
    private final Map<String, String> kinds = new HashMap<>();

    private volatile boolean closed;

    MeteredSteps(MeterRegistry registry, Tags tags, Manifest manifest, Map<StepMetrics.Watch, Long> cacheBytes) {
        this.registry = registry;
        this.tags = tags;
        this.cacheBytes = cacheBytes;
        for (Subject subject : Subject.values()) {
            kinds.put(subject.id(), subject.id());
        }
        for (Module module : manifest.modules()) {
            kinds.put(module.path(), word(module.kind()));
        }
    }

    @Override
    public void after(StepTrace step) {
        if (closed) {
            return;
        }
        registry.timer(StepMetrics.STEP, tags.and("context", step.context(), "reused", Boolean.toString(step.reused())))
                .record(step.nanos(), TimeUnit.NANOSECONDS);
        for (TracedDecision made : step.decisions()) {
            registry.counter(
                            StepMetrics.DECISIONS,
                            tags.and(
                                    "decision", word(made.decision()),
                                    "reason", made.reason().code().toLowerCase(Locale.ROOT),
                                    "subject", kinds.getOrDefault(made.subject(), "other")))
                    .increment();
        }
        multiplyAdds(true, step.multiplyAdds());
        multiplyAdds(false, step.totalMultiplyAdds() - step.multiplyAdds());
        cacheBytes.put(this, step.cacheBytes());
    }

    @Override
    public void failed(Step step, String context, RuntimeException cause) {
        if (!closed) {
            registry.counter(
                            StepMetrics.FAILURES,
                            tags.and(
                                    "context",
                                    context,
                                    "exception",
                                    cause.getClass().getSimpleName()))
                    .increment();
        }
    }

    /** The listener stays, and does nothing: a closed generation takes none away. */
    @Override
    public void close() {
        closed = true;
        cacheBytes.remove(this);
    }

    private void multiplyAdds(boolean computed, long count) {
        registry.counter(StepMetrics.MULTIPLY_ADDS, tags.and("computed", Boolean.toString(computed)))
                .increment((double) count);
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
