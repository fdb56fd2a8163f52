package dev.reprise.spring;

import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What is to be drawn. What is empty is the generator's choice. Start from {@link #of}; every {@code with…} returns a changed copy.
 *
 * @param prompt not blank
 * @param negativePrompt what the picture must not show
 * @param steps denoising steps, 1 or more
 * @param seed of the noise, 0 or more
 * @param guidance weight of classifier-free guidance, finite
 * @param width pixels, 1 or more
 * @param height pixels, 1 or more
 */
public record ImageRequest(
        String prompt,
        Optional<String> negativePrompt,
        OptionalInt steps,
        OptionalLong seed,
        OptionalDouble guidance,
        OptionalInt width,
        OptionalInt height) {

    /** @throws InvalidImageRequestException when a value is none that an image can have */
    public ImageRequest {
        if (prompt.isBlank()) {
            throw new InvalidImageRequestException("prompt", "prompt must be text, was blank");
        }
        requirePositive(ImageOption.STEPS, steps);
        requirePositive(ImageOption.WIDTH, width);
        requirePositive(ImageOption.HEIGHT, height);
        if (seed.orElse(0) < 0) {
            throw new InvalidImageRequestException("seed", "seed must be 0 or more, was " + seed.getAsLong());
        }
        if (!Double.isFinite(guidance.orElse(0))) {
            throw new InvalidImageRequestException(
                    "guidance", "guidance must be a finite number, was " + guidance.getAsDouble());
        }
    }

    private static void requirePositive(ImageOption option, OptionalInt value) {
        if (value.orElse(1) < 1) {
            throw new InvalidImageRequestException(
                    option.id(), option.id() + " must be 1 or more, was " + value.getAsInt());
        }
    }

    /** A prompt alone. */
    public static ImageRequest of(String prompt) {
        return new ImageRequest(
                prompt,
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                OptionalDouble.empty(),
                OptionalInt.empty(),
                OptionalInt.empty());
    }

    public ImageRequest withNegativePrompt(String text) {
        return new ImageRequest(prompt, Optional.of(text), steps, seed, guidance, width, height);
    }

    public ImageRequest withSteps(int count) {
        return new ImageRequest(prompt, negativePrompt, OptionalInt.of(count), seed, guidance, width, height);
    }

    public ImageRequest withSeed(long value) {
        return new ImageRequest(prompt, negativePrompt, steps, OptionalLong.of(value), guidance, width, height);
    }

    public ImageRequest withGuidance(double weight) {
        return new ImageRequest(prompt, negativePrompt, steps, seed, OptionalDouble.of(weight), width, height);
    }

    public ImageRequest withWidth(int pixels) {
        return new ImageRequest(prompt, negativePrompt, steps, seed, guidance, OptionalInt.of(pixels), height);
    }

    public ImageRequest withHeight(int pixels) {
        return new ImageRequest(prompt, negativePrompt, steps, seed, guidance, width, OptionalInt.of(pixels));
    }

    /** What is set besides the prompt. */
    public Set<ImageOption> options() {
        Set<ImageOption> set = EnumSet.noneOf(ImageOption.class);
        add(set, ImageOption.NEGATIVE_PROMPT, negativePrompt.isPresent());
        add(set, ImageOption.STEPS, steps.isPresent());
        add(set, ImageOption.SEED, seed.isPresent());
        add(set, ImageOption.GUIDANCE, guidance.isPresent());
        add(set, ImageOption.WIDTH, width.isPresent());
        add(set, ImageOption.HEIGHT, height.isPresent());
        return set;
    }

    private static void add(Set<ImageOption> set, ImageOption option, boolean present) {
        if (present) {
            set.add(option);
        }
    }
}
