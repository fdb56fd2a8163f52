package org.example.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.demo.DemoModels;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The jar on a cluster whose executors are processes: one is killed, one is slow. Rows and bits as a serial run has them. */
@EnabledOnOs(OS.LINUX) // signals, and the launcher is a shell script
@EnabledForJreRange(max = JRE.JAVA_21) // the newest that Spark 4.1 runs on
class ClusterIT {
    private static final int ROWS = 36;
    private static final Pattern PROGRESS = Pattern.compile("(\\d+) of " + ROWS + " rows");

    @TempDir
    static Path folder;

    private static Path table;
    private static SortedMap<String, String> serial;
    private static StandaloneCluster cluster;

    @BeforeAll
    static void starts() throws Exception {
        cluster = new StandaloneCluster(folder);
        List<String> lines = new ArrayList<>(List.of("id,prompt,seed"));
        List<Row> prompts = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            String prompt = i == 31 ? "cat" : Integer.toString(i % 10);
            lines.add("row-" + i + "," + prompt + "," + i);
            prompts.add(RowFactory.create("row-" + i, prompt, Integer.toString(i)));
        }
        table = Files.write(folder.resolve("prompts.csv"), lines);
        Path bundle = Optimizer.cut(DemoModels.digits().resolve("torchscript.onnx"), CutOptions.DEFAULTS)
                .write(folder.resolve("digits.bundle"));
        serial = SerialRun.of(prompts, bundle, Path.of("tuned.json"), 0.05);
        assertThat(serial).hasSize(ROWS);
    }

    @AfterAll
    static void stops() throws Exception {
        if (cluster != null) {
            cluster.stop();
        }
    }

    /** Submits a job of many small tasks with the policy's file, and the model that is in the jar. */
    private static Process submit(String name, String settings) throws IOException {
        return cluster.submit(
                name,
                settings,
                "--prompts",
                table.toString(),
                "--output",
                folder.resolve(name).toString(),
                "--policy",
                "tuned.json",
                "--partitions",
                "12");
    }

    private static int rowsDone(String name) throws IOException {
        return PROGRESS.matcher(Files.readString(cluster.err(name)))
                .results()
                .mapToInt(found -> Integer.parseInt(found.group(1)))
                .max()
                .orElse(0);
    }

    private static void awaitRows(String name, int rows, Process job) throws Exception {
        while (rowsDone(name) < rows) {
            assertThat(job.isAlive()).as(cluster.logs()).isTrue();
            Thread.sleep(20);
        }
    }

    private static String report(String name, Process job) throws Exception {
        assertThat(job.waitFor(150, TimeUnit.SECONDS)).as(cluster.logs()).isTrue();
        assertThat(job.exitValue()).as(cluster.logs()).isZero();
        return Files.readString(cluster.out(name));
    }

    private static SortedMap<String, String> written(String name) throws IOException {
        try (SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", false)
                .getOrCreate()) {
            return SerialRun.described(
                    spark.read().parquet(folder.resolve(name).toString()).collectAsList());
        }
    }

    private static void assertComplete(String name, String report) throws IOException {
        assertThat(written(name)).isEqualTo(serial);
        // Counted once for each row of the output, whatever was drawn and thrown away.
        assertThat(report).contains("36 rows: 35 pictures, 1 errors", "steps: 350 computed, 700 reused");
    }

    @Test
    void anExecutorThatIsKilledLosesNoRow() throws Exception {
        Process job = submit("killed", "");
        awaitRows("killed", 6, job);
        List<ProcessHandle> executors = cluster.executors();
        assertThat(executors).hasSize(2);

        executors.get(0).destroyForcibly();
        assertThat(rowsDone("killed")).isLessThan(ROWS);

        String report = report("killed", job);
        assertThat(report).contains("1 executors lost");
        assertComplete("killed", report);
    }

    @Test
    void speculationDoublesNoRow() throws Exception {
        Process job = submit(
                "speculated",
                "--conf spark.speculation=true --conf spark.speculation.quantile=0.5"
                        + " --conf spark.speculation.multiplier=1.5 --conf spark.speculation.interval=50ms");
        awaitRows("speculated", 3, job);
        // Nine tenths of the time one executor stands still: what it holds can be fetched, what it draws takes long.
        assertThat(cluster.executors()).hasSize(2);
        ProcessHandle slow = cluster.executors().get(0);
        while (job.isAlive() && slow.isAlive()) {
            signal("STOP", slow);
            Thread.sleep(450);
            signal("CONT", slow);
            Thread.sleep(50);
        }

        String report = report("speculated", job);
        assertThat(report).containsPattern("[1-9]\\d* speculative");
        assertComplete("speculated", report);
    }

    private static void signal(String signal, ProcessHandle process) throws Exception {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
    }
}
