package org.example.service;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.reprise.spring.ImageRequest;
import dev.reprise.spring.InvalidImageRequestException;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What is sent to {@code /generate}: {@code {"prompt": "7", "steps": 30, "seed": 1}}. All but the prompt may be left out. */
record DrawRequest(
        String prompt,
        @JsonProperty("negative_prompt") String negativePrompt,
        Integer steps,
        Long seed,
        Double guidance,
        Integer width,
        Integer height) {

    ImageRequest image() {
        if (prompt == null) {
            throw new InvalidImageRequestException("prompt", "prompt must be text, was not given");
        }
        return new ImageRequest(
                prompt,
                Optional.ofNullable(negativePrompt),
                steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
                seed == null ? OptionalLong.empty() : OptionalLong.of(seed),
                guidance == null ? OptionalDouble.empty() : OptionalDouble.of(guidance),
                width == null ? OptionalInt.empty() : OptionalInt.of(width),
                height == null ? OptionalInt.empty() : OptionalInt.of(height));
    }
}
