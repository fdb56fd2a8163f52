package dev.reprise.spring.queue;

import dev.reprise.spring.ImageGenerator;
import dev.reprise.spring.ImageOption;
import dev.reprise.spring.ImageRequest;
import dev.reprise.spring.InvalidImageRequestException;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** What is done to a request before it waits for its turn. */
final class RequestCheck {
    private RequestCheck() {}

    /**
     * The request, with a seed where the generator follows one.
     *
     * @throws InvalidImageRequestException when the generator cannot follow it
     */
    static ImageRequest checked(ImageRequest request, ImageGenerator generator) {
        Set<ImageOption> known = generator.options();
        Set<ImageOption> unknown = EnumSet.noneOf(ImageOption.class);
        unknown.addAll(request.options());
        unknown.removeAll(known);
        for (ImageOption option : unknown) {
            throw new InvalidImageRequestException(
                    option.id(),
                    option.id() + " must not be set: this generator follows "
                            + (known.isEmpty()
                                    ? "the prompt alone"
                                    : known.stream()
                                            .map(ImageOption::id)
                                            .sorted()
                                            .toList()));
        }
        generator.check(request);
        boolean seedless = known.contains(ImageOption.SEED) && request.seed().isEmpty();
        // 31 bits: JSON and JavaScript have them exactly.
        return seedless ? request.withSeed(ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE)) : request;
    }
}
