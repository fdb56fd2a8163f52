package org.example.service;

import dev.reprise.spring.queue.GeneratedImage;
import dev.reprise.spring.queue.GenerationQueue;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** A prompt in, a picture out. No thread of the web server waits for it. */
@RestController
class DrawController {
    private final GenerationQueue queue;

    DrawController(GenerationQueue queue) {
        this.queue = queue;
    }

    /** The picture, with what it takes to draw it again. Who goes away in the meantime is noticed when it is sent. */
    @PostMapping("/generate")
    CompletionStage<ResponseEntity<byte[]>> generate(@RequestBody DrawRequest request) {
        return queue.submit(request.image()).result().thenApply(DrawController::answer);
    }

    private static ResponseEntity<byte[]> answer(GeneratedImage image) {
        return ResponseEntity.ok()
                .contentType(MediaType.IMAGE_PNG)
                .header("X-Seed", Long.toString(image.request().seed().orElseThrow()))
                .header("X-Computed-Share", String.format(Locale.ROOT, "%.3f", image.computedShare()))
                .body(image.png());
    }

    /** Events at once, for every step, and with the picture. When the client goes away, the next step is not taken. */
    @PostMapping("/generate/events")
    SseEmitter events(@RequestBody DrawRequest request) {
        StepEvents events = new StepEvents();
        events.follow(queue.submit(request.image(), events));
        return events.emitter();
    }
}
