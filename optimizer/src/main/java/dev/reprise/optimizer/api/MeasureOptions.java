package dev.reprise.optimizer.api;

import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.api.SessionConfig;
import java.util.Map;
import java.util.function.Consumer;

/**
 * How rewrites are measured.
 *
 * @param seconds what the measured runs may take together; each rewrite is measured a few rounds in any case
 * @param session where segments run
 * @param step inputs by name of one denoising step
 * @param inputs what they are, for the manifest: {@code generated inputs}, or the name of a recording
 * @param progress is told what is being measured
 */
public record MeasureOptions(
        double seconds,
        SessionConfig session,
        Map<String, StoredTensor> step,
        String inputs,
        Consumer<String> progress) {
    public MeasureOptions {
        if (!(seconds > 0 && Double.isFinite(seconds))) {
            throw new IllegalArgumentException("the seconds to measure must be above 0, were " + seconds);
        }
        step = Map.copyOf(step);
    }
}
