package dev.reprise.spring;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.runtime.CachedTransformer;
import java.util.Set;

/**
 * The application's own denoising loop: a prompt in, a picture out. A bean of this type is all that a service needs to write.
 *
 * <pre>{@code
 * @Bean
 * ImageGenerator generator() {
 *     return (model, request) -> {
 *         float[] latents = noise(new Random(request.seed().orElse(0)));
 *         for (int step = 0; step < 30; step++) {
 *             try (Outputs outputs = model.run(Step.at(step, 30), inputs(latents, step))) { … }
 *         }
 *         return png(latents);
 *     };
 * }
 * }</pre>
 */
@FunctionalInterface
public interface ImageGenerator {
    /**
     * Draws one picture. Several threads call this at once, each with a model of its own.
     *
     * @param model a generation that begins: policies are enabled, nothing is kept. Stays the caller's. When the generation is
     *     cancelled, {@code model.run} throws before its next step; let that pass
     * @param request checked; has a seed where {@link #options} names it
     * @return a PNG file
     * @throws Exception what ends this generation alone
     */
    byte[] generate(CachedTransformer model, ImageRequest request) throws Exception;

    /** What this generator follows. A request that sets anything else is refused, not followed halfway. None by default. */
    default Set<ImageOption> options() {
        return Set.of();
    }

    /**
     * Looks at the values of a request before it waits for its turn.
     *
     * @throws InvalidImageRequestException when this generator cannot follow them
     */
    default void check(ImageRequest request) {}

    /**
     * Looks at the model when the application starts.
     *
     * @throws dev.reprise.graph.InvalidModelException when it is not one that this generator can draw with
     */
    default void requireModel(Manifest model) {}
}
