package dev.reprise.ort.provider;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Says what keeps CUDA from working. ONNX Runtime tells the missing library on standard error only, so the libraries are looked for
 * where the dynamic linker would.
 */
public final class CudaRequirements {
    /** What ONNX Runtime's CUDA provider links against, CUDA 12 and cuDNN 9. */
    private static final List<String> LIBRARIES = List.of(
            "libcuda.so.1",
            "libcudart.so.12",
            "libcublas.so.12",
            "libcublasLt.so.12",
            "libcufft.so.11",
            "libcurand.so.10",
            "libcudnn.so.9");

    private CudaRequirements() {}

    static ProviderUnavailableException explain(OrtException cause) {
        if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
            return new ProviderUnavailableException(
                    "CUDA is not in this ONNX Runtime jar: onnxruntime is on the class path, CUDA needs onnxruntime_gpu instead"
                            + " (build with -Pcuda); ONNX Runtime says: " + cause.getMessage(),
                    cause);
        }
        String path = System.getenv("LD_LIBRARY_PATH");
        List<String> missing = missing(path == null ? "" : path, Path.of("/etc/ld.so.cache"));
        return new ProviderUnavailableException(
                "CUDA cannot start: " + (missing.isEmpty() ? "" : "libraries not found: " + missing + "; ")
                        + "it needs an NVIDIA driver, CUDA 12 and cuDNN 9 on the library path; ONNX Runtime says: "
                        + cause.getMessage(),
                cause);
    }

    /** The libraries that are neither in a folder of the library path nor in the linker's cache. Empty where there is no such cache. */
    public static List<String> missing(String libraryPath, Path linkerCache) {
        String cache;
        try {
            // Binary, but names stand in it as plain ASCII.
            cache = Files.readString(linkerCache, StandardCharsets.ISO_8859_1);
        } catch (IOException noLinux) {
            return List.of();
        }
        List<String> missing = new ArrayList<>();
        for (String library : LIBRARIES) {
            boolean found = cache.contains(library);
            for (String folder : libraryPath.split(":", -1)) {
                found |= !folder.isEmpty() && Files.exists(Path.of(folder, library));
            }
            if (!found) {
                missing.add(library);
            }
        }
        return missing;
    }
}
