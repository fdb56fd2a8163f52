package dev.reprise.benchmarks.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs a program in a Java process of its own, whose memory nobody else has touched, without environment variables. */
final class OwnProcess {
    /** A virtual machine that takes all its memory at the start, so that what grows is ONNX Runtime's. */
    static final List<String> STEADY =
            List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms150m", "-Xmx150m", "-XX:+AlwaysPreTouch");

    private OwnProcess() {}

    /** The last line that it prints. Its errors go to this process's. */
    static String run(Class<?> program, String... arguments) throws IOException, InterruptedException {
        return run(List.of(), program, arguments);
    }

    static String run(List<String> options, Class<?> program, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().clear();
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(program.getSimpleName() + " ended with exit code " + process.exitValue());
        }
        String[] lines = output.strip().split("\n", -1);
        return lines[lines.length - 1];
    }
}
