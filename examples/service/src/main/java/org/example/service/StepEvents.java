package org.example.service;

import dev.reprise.runtime.api.StepListener;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.spring.queue.GeneratedImage;
import dev.reprise.spring.queue.QueuedGeneration;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** A generation as server-sent events: {@code queued}, {@code step} for each, then {@code picture} or {@code failed}. */
final class StepEvents implements StepListener {
    private final SseEmitter emitter = new SseEmitter(0L);
    private final CompletableFuture<QueuedGeneration> followed = new CompletableFuture<>();

    SseEmitter emitter() {
        return emitter;
    }

    void follow(QueuedGeneration generation) {
        emitter.onError(cause -> generation.cancel());
        send(generation, "queued", Map.of("seed", generation.request().seed().orElseThrow()));
        followed.complete(generation);
        // The picture is sent on another thread than the one that draws the next.
        generation.result().whenCompleteAsync((image, failure) -> end(generation, image, failure));
    }

    /** The first step may be done before its generation is known here. */
    @Override
    public void after(StepTrace step) {
        send(
                followed.join(),
                "step",
                Map.of("step", step.step(), "computed_share", step.computedShare(), "ms", step.nanos() / 1e6));
    }

    private void end(QueuedGeneration generation, GeneratedImage image, Throwable failure) {
        if (image != null) {
            send(
                    generation,
                    "picture",
                    Map.of(
                            "png", Base64.getEncoder().encodeToString(image.png()),
                            "seed", image.request().seed().orElseThrow(),
                            "computed_share", image.computedShare()));
        } else {
            send(
                    generation,
                    "failed",
                    Map.of("message", String.valueOf(failure.getCause().getMessage())));
        }
        emitter.complete();
    }

    private void send(QueuedGeneration generation, String event, Map<String, ?> data) {
        try {
            emitter.send(SseEmitter.event().name(event).data(data));
        } catch (IOException | IllegalStateException e) {
            // Nobody listens any more.
            generation.cancel();
        }
    }
}
