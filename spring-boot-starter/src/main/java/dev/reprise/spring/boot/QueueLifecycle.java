package dev.reprise.spring.boot;

import dev.reprise.spring.queue.GenerationQueue;
import org.springframework.context.SmartLifecycle;

/**
 * Stops the queue before a web server stops: what runs is finished and answered, what waits or comes is answered with 503. The model is
 * closed afterwards, with the beans.
 */
final class QueueLifecycle implements SmartLifecycle {
    /** Stopped before Spring Boot's web servers, which wait for their requests at {@code DEFAULT_PHASE − 1024}. */
    static final int PHASE = DEFAULT_PHASE - 512;

    private final GenerationQueue queue;

    QueueLifecycle(GenerationQueue queue) {
        this.queue = queue;
    }

    @Override
    public void start() {
        queue.start();
    }

    /** Returns when nothing runs any more, whatever {@code spring.lifecycle.timeout-per-shutdown-phase} says. */
    @Override
    public void stop() {
        queue.stop();
    }

    @Override
    public boolean isRunning() {
        return queue.state().accepting();
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
