package dev.reprise.optimizer.api;

/** A bundle that could not be written; nothing of it was left behind. The message names the folder and the reason. */
public final class BundleWriteException extends RuntimeException {
    public BundleWriteException(String message) {
        super(message);
    }

    public BundleWriteException(String message, Throwable cause) {
        super(message, cause);
    }
}
