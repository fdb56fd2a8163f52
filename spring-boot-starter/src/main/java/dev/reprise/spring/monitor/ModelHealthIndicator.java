package dev.reprise.spring.monitor;

import dev.reprise.runtime.CachedTransformer;
import dev.reprise.spring.queue.GenerationQueue;
import dev.reprise.spring.queue.QueueState;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Up while the model is loaded and the queue takes generations, also while it is full: a full queue answers 503 by itself, and a process
 * that draws should not be replaced. Out of service while the application stops.
 */
public final class ModelHealthIndicator implements HealthIndicator {
    private final CachedTransformer model;
    private final String policy;
    private final @Nullable GenerationQueue queue;

    /** @param queue null where the application draws no images */
    public ModelHealthIndicator(CachedTransformer model, String policy, @Nullable GenerationQueue queue) {
        this.model = model;
        this.policy = policy;
        this.queue = queue;
    }

    @Override
    public Health health() {
        Health.Builder health = Health.up()
                .withDetail("model", model.manifest().provenance().sourceFile())
                .withDetail("bundle", String.valueOf(model.bundle().getFileName()))
                .withDetail("provider", model.settings().session().provider().name())
                .withDetail("policy", policy);
        if (queue != null) {
            QueueState state = queue.state();
            health.withDetail("running", state.running())
                    .withDetail("max_concurrent", queue.settings().maxConcurrent())
                    .withDetail("waiting", state.waiting())
                    .withDetail("queue_capacity", queue.settings().capacity());
            if (!state.accepting()) {
                health.outOfService();
            }
        }
        return health.build();
    }
}
