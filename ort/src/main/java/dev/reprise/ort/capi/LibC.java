package dev.reprise.ort.capi;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import org.jspecify.annotations.Nullable;

/** Functions of Linux's C library. Each is advice about memory: where it is missing, memory stays resident for longer. */
final class LibC {
    private LibC() {}

    /** The function, null on other systems and where the C library has none of this name. */
    static @Nullable Function find(String name) {
        if (!Platform.isLinux()) {
            return null;
        }
        try {
            return NativeLibrary.getInstance("c").getFunction(name);
        } catch (UnsatisfiedLinkError e) {
            return null;
        }
    }
}
