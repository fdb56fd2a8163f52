package dev.reprise.ort.provider;

/** An execution provider that this process cannot use. The message says what is missing. */
public final class ProviderUnavailableException extends RuntimeException {
    public ProviderUnavailableException(String message) {
        super(message);
    }

    public ProviderUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
