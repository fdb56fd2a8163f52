package dev.reprise.ort.capi;

import com.sun.jna.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the C library keeps of memory that was freed. ONNX Runtime frees some of each packed weight's memory while it opens a session,
 * and all of it when it closes one; glibc keeps that for later, in pieces that later ones mostly do not fit. Only on Linux with glibc.
 */
final class FreeMemory {
    private static final @Nullable Function TRIM = LibC.find("malloc_trim");

    private FreeMemory() {}

    /** Gives it back to the operating system. Takes milliseconds. */
    static void release() {
        if (TRIM != null) {
            long keptAtTheEnd = 0;
            TRIM.invokeInt(new Object[] {keptAtTheEnd});
        }
    }
}
