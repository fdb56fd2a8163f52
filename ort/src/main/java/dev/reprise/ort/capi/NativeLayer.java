package dev.reprise.ort.capi;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import org.jspecify.annotations.Nullable;

/**
 * Whether ONNX Runtime's C API can be called in this process, and if not, why not.
 *
 * <p>Not where the system property {@value #PROPERTY} is {@code off}, where JNA is missing or may not load its native part, where
 * ONNX Runtime's Java package is another one than expected, or where its module is closed to this one.
 */
public final class NativeLayer {
    public static final String PROPERTY = "reprise.native";

    /** The first version whose C API has all functions that are used here. */
    static final int OLDEST_VERSION = 24;

    private final @Nullable OrtApi api;
    private final String description;

    private NativeLayer(@Nullable OrtApi api, String description) {
        this.api = api;
        this.description = description;
    }

    /** Looks for it. Never fails: a layer that is not available says why. */
    public static NativeLayer of(OrtEnvironment environment) {
        if ("off".equalsIgnoreCase(System.getProperty(PROPERTY))) {
            return unavailable("switched off by -D" + PROPERTY + "=off");
        }
        String version = environment.getVersion();
        if (!isSupported(version)) {
            return unavailable("needs ONNX Runtime 1." + OLDEST_VERSION + " or later, found " + version);
        }
        JavaHandles handles;
        try {
            handles = new JavaHandles(environment);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return unavailable(
                    "ONNX Runtime's Java package " + version + " does not let its native objects be read: " + e);
        }
        try {
            OrtApi api = new OrtApi(handles);
            return new NativeLayer(
                    api, "C API of ONNX Runtime " + version + " through JNA " + com.sun.jna.Native.VERSION);
        } catch (NoClassDefFoundError e) {
            return unavailable("JNA is not on the class path (net.java.dev.jna:jna)");
        } catch (LinkageError | OrtException | RuntimeException e) {
            return unavailable("JNA cannot call ONNX Runtime: " + e.getMessage());
        }
    }

    private static NativeLayer unavailable(String reason) {
        return new NativeLayer(null, reason);
    }

    private static boolean isSupported(String version) {
        String[] parts = version.split("\\.", 3);
        try {
            return parts.length >= 2 && Integer.parseInt(parts[0]) == 1 && Integer.parseInt(parts[1]) >= OLDEST_VERSION;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    public boolean isAvailable() {
        return api != null;
    }

    /** Through what the C API is called, or why it is not. */
    public String description() {
        return description;
    }

    /** @throws IllegalStateException when it is not available */
    OrtApi required() {
        if (api == null) {
            throw new IllegalStateException("ONNX Runtime's C API cannot be called: " + description);
        }
        return api;
    }

    @Override
    public String toString() {
        return api == null ? "unavailable: " + description : description;
    }
}
