package dev.reprise.graph;

import org.jspecify.annotations.Nullable;

/** A file that may be valid needs more heap than this Java process has. The message names the file and the option that helps. */
public final class HeapTooSmallException extends RuntimeException {
    public HeapTooSmallException(String message) {
        super(message);
    }

    public HeapTooSmallException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
