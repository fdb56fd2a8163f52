package dev.reprise.benchmarks.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Resident memory of this process, in bytes.
 *
 * @param anonymous what no file backs: tensors, packed weights, the Java heap
 * @param files mapped files, which the operating system may drop at any time
 * @param peak the most that both were together
 */
record ProcessMemory(long anonymous, long files, long peak) {
    private static final Path STATUS = Path.of("/proc/self/status");

    /** After a garbage collection, so that two readings can be compared. */
    static ProcessMemory settled() {
        System.gc();
        return now();
    }

    static ProcessMemory now() {
        long anonymous = 0;
        long files = 0;
        long peak = 0;
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("RssAnon:")) {
                    anonymous = bytes(line);
                } else if (line.startsWith("RssFile:")) {
                    files = bytes(line);
                } else if (line.startsWith("VmHWM:")) {
                    peak = bytes(line);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory is read from " + STATUS + ", which only Linux has", e);
        }
        return new ProcessMemory(anonymous, files, peak);
    }

    private static long bytes(String line) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
    }

    static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    @Override
    public String toString() {
        return "anonymous " + megabytes(anonymous) + ", files " + megabytes(files) + ", peak " + megabytes(peak);
    }
}
