package dev.reprise.cli.doctor;

import dev.reprise.ort.provider.ExecutionProvider;
import org.jspecify.annotations.Nullable;

/**
 * One execution provider.
 *
 * @param provider it
 * @param compiledIn whether the loaded ONNX Runtime has it, null for a library of its own
 * @param reason why it cannot be used, null when a model of one operator ran on it
 * @param requested whether the user asked about it
 */
record ProviderFacts(ExecutionProvider provider, @Nullable Boolean compiledIn, @Nullable String reason, boolean requested) {
    private static final String AREA = "providers";

    boolean isUsable() {
        return reason == null;
    }

    /** Only what was asked for, or should work because it is there. */
    boolean isOfInterest() {
        return requested || Boolean.TRUE.equals(compiledIn);
    }

    @Nullable
    Finding finding() {
        if (reason == null || !isOfInterest()) {
            return null;
        }
        String message = provider.name() + " cannot be used: " + reason;
        String advice = "it needs " + provider.needs();
        return requested ? Finding.error(AREA, message, advice) : Finding.warning(AREA, message, advice);
    }
}
