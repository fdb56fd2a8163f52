package dev.reprise.cli.doctor;

import com.sun.management.OperatingSystemMXBean;
import dev.reprise.verify.text.Units;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory that this process may take.
 *
 * @param heapLimitBytes of the Java heap. Weights and tensors are outside of it
 * @param physicalBytes of the machine
 * @param containerLimitBytes of the container that the process runs in, null where there is none below the machine's
 * @param freeBytes what the operating system would give now
 */
record MemoryFacts(
        long heapLimitBytes, long physicalBytes, @Nullable Long containerLimitBytes, long freeBytes) {
    private static final String AREA = "memory";

    /** Reading a graph of 100,000 nodes takes some 100 MB. */
    private static final long SMALL_HEAP = 200L << 20;

    static MemoryFacts find() {
        long heap = Runtime.getRuntime().maxMemory();
        // In a container, the container's.
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long limit = system.getTotalMemorySize();
        long physical = fromMeminfo("MemTotal", limit);
        Long container = limit < physical ? limit : null;
        long free = container == null
                ? fromMeminfo("MemAvailable", system.getFreeMemorySize())
                : system.getFreeMemorySize();
        return new MemoryFacts(heap, physical, container, free);
    }

    /** A line of Linux's memory file: {@code MemTotal:  24690204 kB}. */
    private static long fromMeminfo(String name, long otherwise) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith(name + ":")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
            return otherwise;
        } catch (IOException notLinux) {
            return otherwise;
        }
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        if (heapLimitBytes < SMALL_HEAP) {
            findings.add(Finding.warning(
                    AREA,
                    "the Java heap is limited to " + Units.bytes(heapLimitBytes),
                    "raise it with REPRISE_JAVA_OPTS=-Xmx512m where large graphs are cut"));
        }
        long most = containerLimitBytes == null ? physicalBytes : containerLimitBytes;
        if (heapLimitBytes > most / 2) {
            findings.add(Finding.warning(
                    AREA,
                    "the Java heap may take " + Units.bytes(heapLimitBytes) + " of " + Units.bytes(most),
                    "lower -Xmx: weights and tensors are outside of the Java heap and need the rest"));
        }
        return findings;
    }
}
