package dev.reprise.ort.provider;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The first of several providers that this process can use.
 *
 * @param provider it
 * @param skipped those before it, and why they cannot be used
 */
public record ProviderChoice(ExecutionProvider provider, List<ProviderUnavailableException> skipped) {
    public ProviderChoice {
        skipped = List.copyOf(skipped);
    }

    /**
     * Tries them in order.
     *
     * @param providers at least one
     * @param attempt throws when a provider cannot be used
     * @throws ProviderUnavailableException when none can; its message says why for each
     */
    public static ProviderChoice of(List<ExecutionProvider> providers, Consumer<ExecutionProvider> attempt) {
        List<ProviderUnavailableException> skipped = new ArrayList<>();
        for (ExecutionProvider provider : providers) {
            try {
                attempt.accept(provider);
                return new ProviderChoice(provider, skipped);
            } catch (ProviderUnavailableException e) {
                skipped.add(e);
            }
        }
        if (skipped.isEmpty()) {
            throw new IllegalArgumentException("expected at least one execution provider");
        }
        if (skipped.size() == 1) {
            throw skipped.get(0);
        }
        throw new ProviderUnavailableException(skipped);
    }

    /** One line for each that was skipped. */
    public List<String> warnings() {
        return skipped.stream()
                .map(each -> each.getMessage() + "; " + provider.name() + " is used instead")
                .collect(Collectors.toList());
    }
}
