package dev.reprise.spring.ai;

import dev.reprise.spring.ImageOption;
import dev.reprise.spring.ImageRequest;
import dev.reprise.spring.InvalidImageRequestException;
import dev.reprise.spring.queue.GeneratedImage;
import dev.reprise.spring.queue.GenerationQueue;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.Image;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageMessage;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImageOptions;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;

/**
 * Draws through the queue, several pictures of one prompt one after another. Options that it cannot follow are refused: a style, a
 * response format other than {@code b64_json}, another model's name, several messages, weights.
 */
public final class RepriseImageModel implements ImageModel {
    private final GenerationQueue queue;
    private final String model;

    /** @param model the name that options may give */
    public RepriseImageModel(GenerationQueue queue, String model) {
        this.queue = queue;
        this.model = model;
    }

    /**
     * Draws.
     *
     * @return PNG files in base64
     * @throws InvalidImageRequestException when an option cannot be followed
     * @throws dev.reprise.spring.queue.GenerationRefusedException when there is too much to do, or the application stops
     */
    @Override
    public ImageResponse call(ImagePrompt prompt) {
        ImageOptions options = prompt.getOptions();
        ImageRequest request = request(text(prompt.getInstructions()), options);
        int pictures = options == null || options.getN() == null ? 1 : options.getN();
        if (pictures < 1) {
            throw new InvalidImageRequestException("n", "n must be 1 or more, was " + pictures);
        }
        if (pictures > 1 && !queue.options().contains(ImageOption.SEED)) {
            throw new InvalidImageRequestException(
                    "n",
                    "n must be 1, was " + pictures + ": the generator follows no seed, all would be the same picture");
        }
        List<ImageGeneration> drawn = new ArrayList<>();
        for (int i = 0; i < pictures; i++) {
            GeneratedImage image = draw(request);
            drawn.add(generation(image));
            OptionalLong seed = image.request().seed();
            if (seed.isPresent()) {
                request = image.request().withSeed(seed.getAsLong() + 1);
            }
        }
        return new ImageResponse(drawn);
    }

    private static ImageGeneration generation(GeneratedImage image) {
        return new ImageGeneration(
                new Image(null, Base64.getEncoder().encodeToString(image.png())),
                new RepriseImageMetadata(image.request().seed(), image.steps(), image.computedShare()));
    }

    private GeneratedImage draw(ImageRequest request) {
        try {
            return queue.submit(request).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while '" + request.prompt() + "' was drawn", e);
        }
    }

    private static String text(List<ImageMessage> messages) {
        if (messages.size() != 1) {
            throw new InvalidImageRequestException(
                    "prompt", "the prompt must be one message, found " + messages.size());
        }
        ImageMessage message = messages.get(0);
        Float weight = message.getWeight();
        if (weight != null && weight != 1) {
            throw new InvalidImageRequestException(
                    "weight", "the weight of the prompt must be 1, was " + weight + "; a negative prompt is an option");
        }
        if (!message.getMedia().isEmpty()) {
            throw new InvalidImageRequestException(
                    "media",
                    "the prompt must be text alone, found " + message.getMedia().size() + " media");
        }
        return String.valueOf(message.getText());
    }

    private ImageRequest request(String text, @Nullable ImageOptions options) {
        ImageRequest request = ImageRequest.of(text);
        if (options == null) {
            return request;
        }
        requireKnown("style", options.getStyle(), null);
        requireKnown("response_format", options.getResponseFormat(), "b64_json");
        requireKnown("model", options.getModel(), model);
        if (options.getWidth() != null) {
            request = request.withWidth(options.getWidth());
        }
        if (options.getHeight() != null) {
            request = request.withHeight(options.getHeight());
        }
        return options instanceof RepriseImageOptions ours ? request(request, ours) : request;
    }

    private static ImageRequest request(ImageRequest before, RepriseImageOptions options) {
        ImageRequest request = before;
        if (options.steps() != null) {
            request = request.withSteps(options.steps());
        }
        if (options.seed() != null) {
            request = request.withSeed(options.seed());
        }
        if (options.guidance() != null) {
            request = request.withGuidance(options.guidance());
        }
        if (options.negativePrompt() != null) {
            request = request.withNegativePrompt(options.negativePrompt());
        }
        return request;
    }

    private static void requireKnown(String option, @Nullable String value, @Nullable String only) {
        if (value != null && !value.isEmpty() && !value.equals(only)) {
            throw new InvalidImageRequestException(
                    option,
                    option + " must be " + (only == null ? "left out" : "'" + only + "' or left out") + ", was '"
                            + value + "'");
        }
    }
}
