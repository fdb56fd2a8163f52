package dev.reprise.testdata;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * A device without a GPU: ONNX Runtime with the WebGPU provider on a Vulkan device in software, as {@code testdata/webgpu/setup} makes
 * it. Its memory is apart from the CPU's, so that what works on it works on a real device.
 *
 * <p>Which library ONNX Runtime loads is decided once per process: tests start a JVM of their own on it.
 *
 * @param folder where the libraries are
 */
public record WebGpuDevice(Path folder) {
    /** Names the folder, where it is not the usual one. */
    public static final String VARIABLE = "REPRISE_WEBGPU";

    /** ONNX Runtime's name for the device's memory. */
    public static final String MEMORY = "WebGPU_Buf";

    /** The device, if it has been made on this machine. */
    public static Optional<WebGpuDevice> find() {
        return Optional.of(usualFolder()).filter(WebGpuDevice::isComplete).map(WebGpuDevice::new);
    }

    /** For the tests that do not run without it. */
    public static String missing() {
        return "no WebGPU test device in " + usualFolder() + "; testdata/webgpu/setup makes one";
    }

    /** A JVM on the device, for tests that are skipped where it is missing. */
    public static ForkedJvm requireJvm() {
        Optional<WebGpuDevice> device = find();
        Assumptions.assumeTrue(device.isPresent(), missing());
        return new ForkedJvm().on(device.orElseThrow());
    }

    private static Path usualFolder() {
        String chosen = System.getenv(VARIABLE);
        if (chosen != null) {
            return Path.of(chosen);
        }
        String cache = System.getenv("XDG_CACHE_HOME");
        Path caches = cache == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        return caches.resolve("reprise").resolve("webgpu");
    }

    /** The setup writes this file last. */
    private static boolean isComplete(Path folder) {
        return Files.isRegularFile(folder.resolve("version"));
    }

    /** Options of a JVM that uses it. */
    public List<String> jvmOptions() {
        return List.of("-Donnxruntime.native.onnxruntime.path=" + folder.resolve("libonnxruntime.so"));
    }

    /** Environment variables of a JVM that uses it. */
    public Map<String, String> environment() {
        return Map.of(
                "LD_LIBRARY_PATH",
                folder.toString(),
                "VK_ICD_FILENAMES",
                folder.resolve("vk_swiftshader_icd.json").toString(),
                "XDG_RUNTIME_DIR",
                System.getProperty("java.io.tmpdir"));
    }
}
