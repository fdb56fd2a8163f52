package dev.reprise.cli.doctor;

import dev.reprise.ort.Installation;
import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.ort.provider.ProviderUnavailableException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One execution provider.
 *
 * @param provider it
 * @param compiledIn whether the loaded ONNX Runtime has it, or it has a library of its own
 * @param problem why it cannot be used, null when a model of one operator ran on it
 * @param requested whether the user asked about it
 */
record ProviderFacts(
        ExecutionProvider provider,
        boolean compiledIn,
        @Nullable ProviderUnavailableException problem,
        boolean requested) {
    private static final String AREA = "providers";

    static ProviderFacts find(Installation installation, ExecutionProvider provider, boolean requested) {
        ProviderUnavailableException problem = null;
        try {
            installation.require(provider);
        } catch (ProviderUnavailableException e) {
            problem = e;
        }
        return new ProviderFacts(provider, provider.isCompiledIn(), problem, requested);
    }

    boolean isUsable() {
        return problem == null;
    }

    /** A provider that nobody asked about and that the loaded ONNX Runtime does not have is not worth a word. */
    Optional<Finding> finding() {
        if (problem == null || !(requested || compiledIn)) {
            return Optional.empty();
        }
        String message = provider.name() + " cannot be used: " + problem.reason();
        return Optional.of(
                requested
                        ? Finding.error(AREA, message, problem.advice())
                        : Finding.warning(AREA, message, problem.advice()));
    }
}
