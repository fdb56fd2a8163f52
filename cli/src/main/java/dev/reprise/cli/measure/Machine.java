package dev.reprise.cli.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What times belong to besides the model: two machines that differ in this cannot be compared. */
public final class Machine {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    private Machine() {}

    /** {@code Linux amd64, 2 cores, Intel(R) Xeon(R) Processor}. */
    public static String describe() {
        String cores = Runtime.getRuntime().availableProcessors() + " cores";
        String processor = processor();
        return System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", " + cores
                + (processor.isEmpty() ? "" : ", " + processor);
    }

    /** "" where the system does not tell. */
    private static String processor() {
        try {
            for (String line : Files.readAllLines(PROCESSORS)) {
                if (line.startsWith("model name")) {
                    return line.substring(line.indexOf(':') + 1).strip();
                }
            }
            return "";
        } catch (IOException e) {
            return "";
        }
    }
}
