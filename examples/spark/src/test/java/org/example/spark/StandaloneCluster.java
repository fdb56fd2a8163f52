package org.example.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Spark's own cluster on this machine: a Master, and two Workers with one core each, which start executors. Every one is a process, and every
 * Worker has an address of its own, as Spark speculates on another host only.
 */
final class StandaloneCluster {
    private static final Path HOME =
            Path.of("../spark-home/target").toAbsolutePath().normalize();

    /** Half the processor time of a JVM that lives for seconds. */
    private static final String SHORT_LIVED = "-XX:TieredStopAtLevel=1";

    /** Nothing begins before both are there. */
    private static final String ALL_EXECUTORS =
            "--total-executor-cores 2 --conf spark.ui.enabled=false --conf spark.scheduler.minRegisteredResourcesRatio=1"
                    + " --conf spark.scheduler.maxRegisteredResourcesWaitingTime=60s";

    private final Path folder;
    private final List<Process> workers = new ArrayList<>();
    private final Process master;
    private final String address;

    /** @param folder for logs and what executors unpack */
    StandaloneCluster(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        int port = freePort();
        address = "spark://127.0.0.1:" + port;
        master = start("master", "127.0.0.1", "master.Master", "--port", Integer.toString(port));
        // A Worker that comes too early tries again after many seconds.
        awaitPort(port);
        for (int i = 0; i < 2; i++) {
            workers.add(start(
                    "worker-" + i,
                    "127.0.0." + (i + 1),
                    "worker.Worker",
                    "--cores",
                    "1",
                    "--memory",
                    "1g",
                    "--work-dir",
                    folder.resolve("work-" + i).toString(),
                    address));
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitPort(int port) throws IOException, InterruptedException {
        while (!answers(port)) {
            if (!master.isAlive()) {
                throw new IOException("the Master ended: " + logs());
            }
            Thread.sleep(50);
        }
    }

    private static boolean answers(int port) throws IOException {
        try {
            new Socket(InetAddress.getLoopbackAddress(), port).close();
            return true;
        } catch (ConnectException e) {
            return false;
        }
    }

    private Process start(String name, String host, String main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                java(),
                "@" + Path.of("jvm-flags").toAbsolutePath(),
                "-Xmx256m",
                SHORT_LIVED,
                "-XX:+UseSerialGC",
                "-Dlog4j2.configurationFile=" + Path.of("log4j2.properties").toAbsolutePath(),
                "-cp",
                HOME.resolve("jars") + "/*",
                "org.apache.spark.deploy." + main,
                "--host",
                host,
                "--webui-port",
                "0"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile());
        builder.environment().put("SPARK_HOME", HOME.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        builder.environment().put("SPARK_LOCAL_IP", host);
        return builder.start();
    }

    private static String java() {
        return ProcessHandle.current().info().command().orElse("java");
    }

    /** Submits the job's jar to this cluster, as its users do. Its output goes to {@code NAME.out} and {@code NAME.err}. */
    Process submit(String name, String settings, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "./submit",
                "--spark",
                "--master " + address + " --executor-memory 600m " + ALL_EXECUTORS
                        + " --conf spark.executor.extraJavaOptions=" + SHORT_LIVED + " " + settings));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(out(name).toFile())
                .redirectError(err(name).toFile());
        builder.environment().put("SKIP_BUILD", "1");
        builder.environment().put("JAVA_OPTS", "-Xmx512m -XX:+UseSerialGC " + SHORT_LIVED);
        return builder.start();
    }

    Path out(String name) {
        return folder.resolve(name + ".out");
    }

    Path err(String name) {
        return folder.resolve(name + ".err");
    }

    /** The executors' processes that live now. */
    List<ProcessHandle> executors() {
        return workers.stream()
                .flatMap(Process::children)
                .filter(ProcessHandle::isAlive)
                .toList();
    }

    /** What Spark logged, for messages. */
    String logs() {
        StringBuilder logs = new StringBuilder();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                logs.append("\n== ").append(file.getFileName()).append('\n').append(Files.readString(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return logs.toString();
    }

    /** Ends all of them. */
    void stop() throws InterruptedException {
        List<ProcessHandle> executors = executors();
        for (Process worker : workers) {
            worker.destroy();
        }
        master.destroy();
        executors.forEach(ProcessHandle::destroyForcibly);
        for (Process worker : workers) {
            end(worker);
        }
        end(master);
    }

    private static void end(Process process) throws InterruptedException {
        if (!process.waitFor(Duration.ofSeconds(20).toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
        }
    }
}
