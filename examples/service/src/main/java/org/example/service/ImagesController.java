package org.example.service;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.reprise.spring.ai.RepriseImageOptions;
import java.util.List;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** The same through Spring AI: code that knows its {@code ImageModel} alone can draw with a cached model. */
@RestController
class ImagesController {
    private final ImageModel model;

    ImagesController(ImageModel model) {
        this.model = model;
    }

    /** What is sent to {@code /images}: {@code {"prompt": "7", "n": 2}}. */
    record ImagesRequest(String prompt, Integer n, Integer steps, Long seed) {}

    /** PNG files in base64. */
    record ImagesAnswer(List<Picture> data) {
        record Picture(@JsonProperty("b64_json") String b64Json) {}
    }

    @PostMapping("/images")
    ImagesAnswer images(@RequestBody ImagesRequest request) {
        RepriseImageOptions options =
                new RepriseImageOptions(request.n(), null, null, request.steps(), request.seed(), null, null);
        return new ImagesAnswer(model.call(new ImagePrompt(request.prompt(), options)).getResults().stream()
                .map(generation ->
                        new ImagesAnswer.Picture(generation.getOutput().getB64Json()))
                .toList());
    }
}
