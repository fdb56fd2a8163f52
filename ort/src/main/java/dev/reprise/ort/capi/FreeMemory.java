package dev.reprise.ort.capi;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import org.jspecify.annotations.Nullable;

/**
 * What the C library keeps of memory that was freed. ONNX Runtime frees some of each packed weight's memory while it opens a session,
 * and all of it when it closes one; glibc keeps that for later, in pieces that later ones mostly do not fit. Only on Linux with glibc.
 */
final class FreeMemory {
    private static final @Nullable Function TRIM = find();

    private FreeMemory() {}

    /** Gives it back to the operating system. Takes milliseconds. */
    static void release() {
        if (TRIM != null) {
            int keepAtTheEnd = 0;
            TRIM.invokeInt(new Object[] {(long) keepAtTheEnd});
        }
    }

    private static @Nullable Function find() {
        if (!Platform.isLinux()) {
            return null;
        }
        try {
            return NativeLibrary.getInstance("c").getFunction("malloc_trim");
        } catch (UnsatisfiedLinkError e) {
            // Another C library, musl for one, has no such function and keeps little.
            return null;
        }
    }
}
