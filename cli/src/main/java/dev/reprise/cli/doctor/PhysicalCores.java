package dev.reprise.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Counts cores without their second hardware threads: what ONNX Runtime takes as its number of threads by default. */
final class PhysicalCores {
    private PhysicalCores() {}

    /** How many this machine has, 0 where that is not known. */
    static int count() {
        try {
            return count(Files.readAllLines(Path.of("/proc/cpuinfo")));
        } catch (IOException notLinux) {
            return 0;
        }
    }

    /** Of Linux's list of processors: those that differ in {@code physical id} or {@code core id}. */
    static int count(List<String> lines) {
        Set<String> cores = new HashSet<>();
        String socket = "";
        for (String line : lines) {
            String value = line.substring(line.indexOf(':') + 1).strip();
            if (line.startsWith("physical id")) {
                socket = value;
            } else if (line.startsWith("core id")) {
                cores.add(socket + "/" + value);
            }
        }
        return cores.size();
    }
}
