package org.example.pipeline;

/** What was given cannot be used: no export, one of another model, a file that is missing, a setting that is not supported. */
public final class UnusableExportException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The message names the file or field, what is expected and what was found. */
    public UnusableExportException(String message) {
        super(message);
    }

    UnusableExportException(String message, Throwable cause) {
        super(message, cause);
    }
}
