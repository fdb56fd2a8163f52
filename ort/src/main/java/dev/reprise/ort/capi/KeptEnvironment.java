package dev.reprise.ort.capi;

import ai.onnxruntime.OrtEnvironment;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps ONNX Runtime's environment while the process ends.
 *
 * <p>The Java package releases it in a shutdown hook. Other threads may be in the middle of a run then, whose thread pool and arena would
 * go: a process that was only interrupted ended with a segmentation fault. The environment counts who holds it, and this holds it for
 * good. Needs nothing but the Java package, so it works without the C API too.
 */
public final class KeptEnvironment {
    private static final Logger LOGGER = LoggerFactory.getLogger(KeptEnvironment.class);

    private KeptEnvironment() {}

    /** Holds the environment of this process, which exists. Once is enough. */
    public static void hold() {
        int severe = 4;
        try {
            Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
            api.setAccessible(true);
            Method hold = OrtEnvironment.class.getDeclaredMethod("createHandle", long.class, int.class, String.class);
            hold.setAccessible(true);
            hold.invoke(null, api.getLong(null), severe, "reprise");
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOGGER.info("a process that is ended in the middle of a run may crash: {}", e.toString());
        }
    }
}
