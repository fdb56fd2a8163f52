package dev.reprise.spring.queue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Those who are told how generations end. One that fails keeps no picture from its caller. */
final class OutcomeListeners {
    private static final Logger LOG = LoggerFactory.getLogger(OutcomeListeners.class);
    private final List<Consumer<GenerationOutcome>> all = new CopyOnWriteArrayList<>();

    void add(Consumer<GenerationOutcome> listener) {
        all.add(listener);
    }

    void tell(GenerationOutcome outcome) {
        for (Consumer<GenerationOutcome> listener : all) {
            try {
                listener.accept(outcome);
            } catch (RuntimeException e) {
                LOG.warn("a listener failed on {}", outcome, e);
            }
        }
    }
}
