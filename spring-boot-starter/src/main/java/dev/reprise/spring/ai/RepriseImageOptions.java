package dev.reprise.spring.ai;

import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.ImageOptions;

/**
 * What Spring AI knows about images, and what diffusion models take besides. What is null is the generator's choice. Start from
 * {@link #defaults}; every {@code with…} returns a changed copy.
 *
 * @param n pictures, of this seed and the seeds after it
 * @param width pixels
 * @param height pixels
 * @param steps denoising steps
 * @param seed of the noise
 * @param guidance weight of classifier-free guidance
 * @param negativePrompt what the picture must not show
 */
public record RepriseImageOptions(
        @Nullable Integer n,
        @Nullable Integer width,
        @Nullable Integer height,
        @Nullable Integer steps,
        @Nullable Long seed,
        @Nullable Double guidance,
        @Nullable String negativePrompt)
        implements ImageOptions {

    /** Nothing set. */
    public static RepriseImageOptions defaults() {
        return new RepriseImageOptions(null, null, null, null, null, null, null);
    }

    public RepriseImageOptions withN(int pictures) {
        return new RepriseImageOptions(pictures, width, height, steps, seed, guidance, negativePrompt);
    }

    public RepriseImageOptions withSize(int wide, int high) {
        return new RepriseImageOptions(n, wide, high, steps, seed, guidance, negativePrompt);
    }

    public RepriseImageOptions withSteps(int count) {
        return new RepriseImageOptions(n, width, height, count, seed, guidance, negativePrompt);
    }

    public RepriseImageOptions withSeed(long value) {
        return new RepriseImageOptions(n, width, height, steps, value, guidance, negativePrompt);
    }

    public RepriseImageOptions withGuidance(double weight) {
        return new RepriseImageOptions(n, width, height, steps, seed, weight, negativePrompt);
    }

    public RepriseImageOptions withNegativePrompt(String text) {
        return new RepriseImageOptions(n, width, height, steps, seed, guidance, text);
    }

    @Override
    public @Nullable Integer getN() {
        return n;
    }

    /** The application has one model. */
    @Override
    public @Nullable String getModel() {
        return null;
    }

    @Override
    public @Nullable Integer getWidth() {
        return width;
    }

    @Override
    public @Nullable Integer getHeight() {
        return height;
    }

    /** PNG in base64, always. */
    @Override
    public @Nullable String getResponseFormat() {
        return null;
    }

    /** Not known here. */
    @Override
    public @Nullable String getStyle() {
        return null;
    }
}
