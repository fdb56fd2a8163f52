package dev.reprise.cli.measure;

import dev.reprise.cli.command.CommandException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** The most memory a process ever had resident (Linux: VmHWM). Each way to run a model is measured in a process of its own. */
public final class PeakMemory {
    /** By its name: it depends on all commands, and they on this package. */
    private static final String MAIN_CLASS = "dev.reprise.cli.Main";

    private static final long PATIENCE_MINUTES = 30;

    private PeakMemory() {}

    /** Of this process; empty where the system does not tell. */
    public static OptionalLong ofThisProcess() {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return OptionalLong.empty();
        }
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("VmHWM:")) {
                    return OptionalLong.of(Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024);
                }
            }
            return OptionalLong.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What this process was told with {@code -Dreprise.…}: without ONNX Runtime's C API a model takes other memory. */
    private static List<String> settings() {
        return System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("reprise."))
                .sorted()
                .map(name -> "-D" + name + "=" + System.getProperty(name))
                .toList();
    }

    /** Runs a command line of this program in a new process, which prints its peak as a number. */
    public static OptionalLong ofCommand(List<String> arguments) {
        if (ofThisProcess().isEmpty()) {
            return OptionalLong.empty();
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-Xms32m"));
        command.addAll(settings());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN_CLASS));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        // Settings under which malloc keeps what it gets back would show in the peak, of the original model most.
        builder.environment().keySet().removeIf(name -> name.startsWith("MALLOC_"));
        try {
            Process process = builder.start();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw CommandException.failed("the process that measures memory did not end");
            }
            if (process.exitValue() != 0 || !printed.matches("\\d+")) {
                throw CommandException.failed(
                        "the process that measures memory failed with exit code " + process.exitValue());
            }
            return OptionalLong.of(Long.parseLong(printed));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandException.failed("interrupted while memory was measured");
        }
    }
}
