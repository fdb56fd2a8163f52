package dev.reprise.ort.provider;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An execution provider that this process cannot use. The message names it, says what is missing and what helps. */
public final class ProviderUnavailableException extends RuntimeException {
    private final String reason;
    private final String advice;

    /**
     * @param reason what keeps it from being used
     * @param advice what helps
     */
    public ProviderUnavailableException(
            ExecutionProvider provider, String reason, String advice, @Nullable Throwable cause) {
        super("execution provider " + provider.name() + " cannot be used: " + reason + "; " + advice, cause);
        this.reason = reason;
        this.advice = advice;
    }

    /** None of several. */
    ProviderUnavailableException(List<ProviderUnavailableException> all) {
        super(all.stream().map(Throwable::getMessage).collect(Collectors.joining("; ")));
        reason = all.stream().map(ProviderUnavailableException::reason).collect(Collectors.joining("; "));
        advice = all.stream().map(ProviderUnavailableException::advice).collect(Collectors.joining("; "));
        all.forEach(this::addSuppressed);
    }

    /** What keeps it from being used, without its name. */
    public String reason() {
        return reason;
    }

    /** What helps. */
    public String advice() {
        return advice;
    }
}
