package dev.reprise.testdata;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A JVM of its own, for what is decided once per process: system options, class path, registered arena, resident memory. */
public final class ForkedJvm {
    private final List<String> options = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private String withoutJar = "";

    /**
     * Options that every JVM of a test has when this one was started with them: a suite without ONNX Runtime's C API ({@code
     * -Dreprise.native=off}) runs its processes so, too.
     */
    public static List<String> inherited() {
        String layer = System.getProperty("reprise.native");
        return layer == null ? List.of() : List.of("-Dreprise.native=" + layer);
    }

    /** On the device that has no GPU. */
    public ForkedJvm on(WebGpuDevice device) {
        options.addAll(device.jvmOptions());
        environment.putAll(device.environment());
        return this;
    }

    public ForkedJvm property(String name, String value) {
        options.add("-D" + name + "=" + value);
        return this;
    }

    /** With one more environment variable. */
    public ForkedJvm environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Leaves out the class path entries whose file names start so. */
    public ForkedJvm without(String jar) {
        withoutJar = jar;
        return this;
    }

    /** Runs a class's {@code main}, which must end well. What it printed, line by line. */
    public List<String> run(Class<?> main, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Resident from the start: what grows is beside the heap.
                "-Xms96m",
                "-Xmx96m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath()));
        command.addAll(inherited());
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(main.getName() + " failed:\n" + output);
        }
        return output.lines().toList();
    }

    /** Of what {@link #run} returned, the lines of the form {@code name=number}. */
    public static Map<String, Long> numbers(List<String> lines) {
        Map<String, Long> numbers = new HashMap<>();
        for (String line : lines) {
            if (line.matches("\\w+=-?\\d+")) {
                int at = line.indexOf('=');
                numbers.put(line.substring(0, at), Long.valueOf(line.substring(at + 1)));
            }
        }
        return numbers;
    }

    private String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> withoutJar.isEmpty()
                        || !Path.of(entry).getFileName().toString().startsWith(withoutJar))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Bytes of this process's memory that no file backs. Linux only. */
    public static long anonymousBytes() throws IOException {
        return statusBytes("RssAnon:");
    }

    /** Bytes of this process's memory that are pages of mapped files. Linux only. */
    public static long fileBytes() throws IOException {
        return statusBytes("RssFile:");
    }

    private static long statusBytes(String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("/proc/self/status has no line " + name);
    }
}
