package dev.reprise.spring.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.spring.DigitsBundle;
import dev.reprise.spring.StepsGenerator;
import dev.reprise.spring.queue.GenerationQueue;
import dev.reprise.spring.queue.Generations;
import dev.reprise.spring.queue.QueueSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageMessage;
import org.springframework.ai.image.ImageOptions;
import org.springframework.ai.image.ImageOptionsBuilder;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;

class RepriseImageModelTest {
    @TempDir
    private Path folder;

    private CachedTransformer transformer;
    private GenerationQueue queue;
    private RepriseImageModel model;

    @BeforeEach
    void open() {
        transformer = CachedTransformer.open(
                DigitsBundle.in(folder), SessionSettings.cpu().withThreads(1));
        queue = new GenerationQueue(
                new QueueSettings(1, 1, Duration.ofSeconds(50), Duration.ofSeconds(50)),
                new Generations(transformer, PolicyCatalogue.parse("none", Map.of()), false, List.of()),
                new StepsGenerator());
        model = new RepriseImageModel(queue, "digits");
    }

    @AfterEach
    void close() {
        queue.close();
        transformer.close();
    }

    private static String text(ImageGeneration generation) {
        return new String(Base64.getDecoder().decode(generation.getOutput().getB64Json()), StandardCharsets.UTF_8);
    }

    @Test
    void drawsSeveralPicturesOfOnePrompt() {
        ImageResponse three = model.call(new ImagePrompt(
                "a", RepriseImageOptions.defaults().withN(3).withSeed(7).withSteps(4)));
        ImageResponse second = model.call(
                new ImagePrompt("a", RepriseImageOptions.defaults().withSeed(8).withSteps(4)));

        assertThat(three.getResults()).hasSize(3);
        assertThat(three.getResults()).extracting(RepriseImageModelTest::text).doesNotHaveDuplicates();
        assertThat(text(three.getResults().get(1))).isEqualTo(text(second.getResult()));
        assertThat(second.getResult().getMetadata())
                .isEqualTo(new RepriseImageMetadata(java.util.OptionalLong.of(8), 4, 1));
    }

    @Test
    void takesThePlainOptionsOfSpringAi() {
        assertThat(model.call(new ImagePrompt("a")).getResults()).hasSize(1);
        ImageOptions plain = ImageOptionsBuilder.builder()
                .model("digits")
                .responseFormat("b64_json")
                .n(1)
                .build();
        assertThat(text(model.call(new ImagePrompt("b", plain)).getResult())).startsWith("b ");
    }

    @Test
    void refusesWhatItCannotFollow() {
        assertRefused(ImageOptionsBuilder.builder().style("vivid").build(), "style must be left out, was 'vivid'");
        assertRefused(
                ImageOptionsBuilder.builder().responseFormat("url").build(),
                "response_format must be 'b64_json' or left out, was 'url'");
        assertRefused(
                ImageOptionsBuilder.builder().model("dall-e-3").build(),
                "model must be 'digits' or left out, was 'dall-e-3'");
        assertRefused(
                ImageOptionsBuilder.builder().width(512).build(),
                "width must not be set: this generator follows [seed, steps]");
        assertRefused(
                RepriseImageOptions.defaults().withGuidance(2),
                "guidance must not be set: this generator follows [seed, steps]");
        assertRefused(
                RepriseImageOptions.defaults().withNegativePrompt("blur"),
                "negative_prompt must not be set: this generator follows [seed, steps]");
        assertRefused(RepriseImageOptions.defaults().withN(0), "n must be 1 or more, was 0");
        assertThatThrownBy(() -> model.call(new ImagePrompt(List.of(new ImageMessage("a"), new ImageMessage("b")))))
                .hasMessage("the prompt must be one message, found 2");
        assertThatThrownBy(() -> model.call(new ImagePrompt(List.of(new ImageMessage("a", -1f)))))
                .hasMessageStartingWith("the weight of the prompt must be 1, was -1.0");
    }

    private void assertRefused(ImageOptions options, String message) {
        assertThatThrownBy(() -> model.call(new ImagePrompt("a", options))).hasMessage(message);
    }
}
