package dev.reprise.cli.doctor;

import dev.reprise.cli.command.Version;
import dev.reprise.ort.provider.DynamicLinker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is installed.
 *
 * @param reprise this program
 * @param java the Java runtime
 * @param javaVendor who made it
 * @param system the operating system and its processor architecture
 * @param onnxRuntime null where it does not start
 * @param nvidiaDriver null where there is none
 * @param cuda its run-time library, null where there is none
 * @param cudnn null where there is none
 */
record Versions(
        String reprise,
        String java,
        String javaVendor,
        String system,
        @Nullable String onnxRuntime,
        @Nullable String nvidiaDriver,
        @Nullable String cuda,
        @Nullable String cudnn) {
    private static final Path DRIVER = Path.of("/proc/driver/nvidia/version");
    private static final Pattern DRIVER_VERSION = Pattern.compile("\\b(\\d{3,}\\.\\d+(?:\\.\\d+)?)\\b");

    static Versions find(@Nullable String onnxRuntime) {
        DynamicLinker linker = DynamicLinker.ofProcess();
        return new Versions(
                Version.text(),
                System.getProperty("java.version"),
                System.getProperty("java.vendor"),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"),
                onnxRuntime,
                driver(DRIVER),
                linker.version("libcudart.so.12")
                        .or(() -> linker.version("libcudart.so.13"))
                        .orElse(null),
                linker.version("libcudnn.so.9").orElse(null));
    }

    /** {@code NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 …}. */
    static @Nullable String driver(Path file) {
        try {
            Matcher version = DRIVER_VERSION.matcher(Files.readString(file));
            return version.find() ? version.group(1) : null;
        } catch (IOException e) {
            return null;
        }
    }
}
